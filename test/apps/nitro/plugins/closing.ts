// After the module's: what it left open can be seen until the process ends.
export default ({ hooks }) =>
  hooks.hook('close', async () => {
    console.log('CLOSING')
    await new Promise((resolve) => setTimeout(resolve, 1500))
  })
