import { Auth0Client } from '@auth0/nextjs-auth0/server'
import { sessionStore } from './auth0'

export const auth0 = new Auth0Client({ sessionStore })
