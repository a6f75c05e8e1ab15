import { defineConfig, type Plugin } from "vite";

const pages = ["index", "nation", "voice", "office", "workshop"];
/** The pages with a map, and their large parts: fetched while the small part already asks for data. */
const LARGE: Record<string, readonly string[]> = { index: ["maplibre", "picture", "live"], nation: ["maplibre", "picture", "whole"] };

/** Names the large parts of a page in its head. */
function ahead(): Plugin {
  return {
    name: "ahead",
    apply: "build",
    transformIndexHtml: {
      order: "post",
      handler: (html, { path, bundle }) => {
        const wanted = LARGE[path.replace(/^\/|\.html$/g, "")] ?? [];
        const parts = Object.values(bundle ?? {}).filter((one) => one.type === "chunk" && wanted.includes(one.name) && !html.includes(one.fileName));
        return parts.map((one) => ({ tag: "link", injectTo: "head" as const, attrs: { rel: "modulepreload", crossorigin: true, href: `./${one.fileName}` } }));
      },
    },
  };
}

/** Five pages, built into the Python package; nothing is loaded from anywhere else. */
export default defineConfig({
  base: "./",
  plugins: [ahead()],
  build: {
    outDir: "../src/citiesforall/web/static",
    emptyOutDir: true,
    target: "es2022",
    chunkSizeWarningLimit: 1200,
    rollupOptions: {
      input: Object.fromEntries(pages.map((name) => [name, `${name}.html`])),
      output: { manualChunks: (id: string) => (/maplibre-gl(-shared)?\.mjs$/.test(id) ? "maplibre" : undefined) },
    },
  },
  server: { proxy: { "/api": "http://127.0.0.1:8080", "/open311": "http://127.0.0.1:8080" } },
});
