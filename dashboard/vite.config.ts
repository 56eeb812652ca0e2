import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import type { UserConfig } from 'vite'

const target = 'http://127.0.0.1:8000'

/** In development the page is served here and the query API answers at its own root, as behind the web server in front. */
const config: UserConfig = {
  root: fileURLToPath(new URL('.', import.meta.url)),
  plugins: [react()],
  build: { outDir: 'dist', emptyOutDir: true, target: 'es2023', reportCompressedSize: true },
  server: {
    host: '127.0.0.1',
    proxy: { '/api/': { target, changeOrigin: true, rewrite: (path) => path.replace(/^\/api/, '') } },
  },
}

export default config
