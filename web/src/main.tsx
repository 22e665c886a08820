import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "./app/styles.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/App";
import { loadCatalogue } from "./i18n/i18n";
import { fromBrowser, storedLanguage } from "./i18n/language";
import { boot } from "./session/boot";

const language = storedLanguage() ?? fromBrowser(navigator.languages);
document.documentElement.lang = language;

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
const [catalogue, booted] = await Promise.all([loadCatalogue(language), boot()]);
createRoot(root).render(
  <StrictMode>
    <App initial={{ language, catalogue }} booted={booted} />
  </StrictMode>,
);
