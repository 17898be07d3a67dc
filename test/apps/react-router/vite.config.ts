import { reactRouter } from '@react-router/dev/vite'
import { defineConfig } from 'vite'

export default defineConfig({
  plugins: [reactRouter()],
  // `react-router dev` listens where the tests ask for it.
  server: { host: process.env.HOST, port: Number(process.env.PORT ?? 5173), strictPort: true },
})
