// What the tests need beside README's nuxt.config.ts, which is put into the root.
export default defineNuxtConfig({
  compatibilityDate: '2026-01-01',
  devtools: { enabled: false },
  telemetry: false,
  dynamodbSessions: {
    maxStale: 60 * 60,
    device: true,
    public: ['visits'],
    csrf: { except: ['/api'] },
    migrate: { from: 'nuxt-auth-utils', password: '', until: '2099-01-01' },
  },
  // What the application had before, whose pages asked for no session.
  modules: ['nuxt-auth-utils'],
  auth: { loadStrategy: 'none' },
  routeRules: {
    '/cached': { swr: 60 },
    // Only a CDN keeps it, so that Nitro here leaves the request its cookies.
    '/isr': { isr: 60 },
    '/prerendered': { prerender: true },
    '/headers': { headers: { 'cache-control': 'public, s-maxage=60' } },
  },
})
