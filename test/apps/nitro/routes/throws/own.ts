export { default } from '../throws'
