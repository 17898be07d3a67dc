import { vitePlugin as remix } from '@remix-run/dev'
import { defineConfig } from 'vite'

export default defineConfig({
  plugins: [remix()],
  // `remix vite:dev` listens where the tests ask for it.
  server: { host: process.env.HOST, port: Number(process.env.PORT ?? 5173), strictPort: true },
})
