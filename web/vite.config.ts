import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { precompress } from "./build/precompress.js";

// The API, /config.json and the sign-in page come from a running product; start
// one with `make run` and name its address when it is not the usual one.
const product = process.env.QUILLDESK_ADDR ?? "127.0.0.1:8080";

export default defineConfig({
  plugins: [react(), precompress()],
  server: {
    host: "127.0.0.1",
    proxy: Object.fromEntries(["/api", "/config.json"].map((path) => [path, `http://${product}`])),
  },
  build: {
    target: "es2022",
    manifest: true,
    rollupOptions: {
      output: {
        // Libraries change rarely: a chunk of their own stays cached over our releases.
        advancedChunks: {
          groups: [
            { name: "react", test: /node_modules[\\/](react|react-dom|scheduler|react-router)[\\/]/ },
            { name: "query", test: /node_modules[\\/]@tanstack[\\/]/ },
          ],
        },
      },
    },
  },
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.{ts,tsx}"],
    env: { TZ: "UTC" },
  },
});
