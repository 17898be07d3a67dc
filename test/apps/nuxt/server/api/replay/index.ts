// The route beside does not match its own folder.
export { default } from './[...path]'
