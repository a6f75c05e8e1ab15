import { defineConfig } from "vite";

const pages = ["index", "voice", "office", "workshop"];

/** Four pages, built into the Python package; nothing is loaded from anywhere else. */
export default defineConfig({
  base: "./",
  build: {
    outDir: "../src/citiesforall/web/static",
    emptyOutDir: true,
    target: "es2022",
    chunkSizeWarningLimit: 1200,
    rollupOptions: { input: Object.fromEntries(pages.map((name) => [name, `${name}.html`])) },
  },
  server: { proxy: { "/api": "http://127.0.0.1:8080", "/open311": "http://127.0.0.1:8080" } },
});
