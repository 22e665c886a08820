import { createTheme, Modal, Tooltip, type MantineColorsTuple } from "@mantine/core";

// One accent, blue ink; every other colour speaks of urgency or state.
const ink: MantineColorsTuple = [
  "#eef0fc", "#dcdff7", "#b9bff0", "#949ee9", "#7681e2", "#5e6ad8", "#4d59c7", "#3f4ab0", "#343d92", "#2a3175",
];

// The greys of the dark scheme, from text to the deepest ground, with a hint of the ink.
const dark: MantineColorsTuple = [
  "#e9eaf0", "#c2c4cf", "#a6a9b8", "#8b8e9e", "#3a3d4a", "#2a2c36", "#1e1f27", "#1a1b22", "#17181e", "#121318",
];

// Darker than Mantine's red, so that white words on it can be read.
const red: MantineColorsTuple = [
  "#fdeceb", "#fbd5d2", "#f5aaa4", "#ee7e75", "#e4564a", "#d83a2d", "#c22b1e", "#a82318", "#8e1d14", "#741710",
];

export const theme = createTheme({
  primaryColor: "ink",
  primaryShade: { light: 6, dark: 5 },
  colors: { ink, dark, red },
  defaultRadius: "md",
  fontFamily: "var(--q-font)",
  fontFamilyMonospace: "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace",
  fontSizes: { xs: "0.75rem", sm: "0.8125rem", md: "0.875rem", lg: "1rem", xl: "1.125rem" },
  radius: { xs: "3px", sm: "5px", md: "7px", lg: "10px", xl: "14px" },
  headings: { fontWeight: "600", sizes: { h1: { fontSize: "1.25rem" }, h2: { fontSize: "1rem" }, h3: { fontSize: "0.875rem" } } },
  cursorType: "pointer",
  respectReducedMotion: true,
  components: {
    Tooltip: Tooltip.extend({ defaultProps: { openDelay: 250, withArrow: true, multiline: true, maw: 320, events: { hover: true, focus: true, touch: false } } }),
    Modal: Modal.extend({ defaultProps: { centered: true, transitionProps: { duration: 120 } }, styles: { title: { fontWeight: 600, fontSize: "0.9375rem" } } }),
  },
});
