import { index, layout, prefix, route } from '@react-router/dev/routes'
import type { RouteConfig } from '@react-router/dev/routes'

export default [
  index('routes/home.tsx'),
  route('account', 'routes/account.tsx', [route('settings', 'routes/settings.tsx')]),
  route('login', 'routes/login.tsx'),
  route('logout', 'routes/logout.tsx'),
  layout(
    'routes/middleware.tsx',
    prefix('middleware', [
      index('routes/middleware-home.tsx'),
      route('login', 'routes/middleware-login.tsx'),
      route('logout', 'routes/middleware-logout.tsx'),
    ]),
  ),
] satisfies RouteConfig
