export { default } from './cached'
