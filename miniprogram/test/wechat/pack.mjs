// Packs a build as WeChat's upload does, with a made-up key and without network, and checks its quality as WeChat does:
// node pack.mjs FOLDER prints one line of JSON.
import { generateKeyPairSync } from 'node:crypto'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const require = createRequire(import.meta.url)
require('./offline.cjs')
process.env.NODE_OPTIONS = `--require ${JSON.stringify(fileURLToPath(new URL('offline.cjs', import.meta.url)))}` // it starts processes of its own
const ci = require('miniprogram-ci')
const log = console.log
console.log = console.error // the packer talks

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048, privateKeyEncoding: { type: 'pkcs1', format: 'pem' }, publicKeyEncoding: { type: 'pkcs1', format: 'pem' } })
// What WeChat's server says of an app; the packer would ask it.
const attr = () => ({
  platform: true,
  appType: 0,
  isSandbox: false,
  released: true,
  setting: { MaxCodeSize: 2, MaxSubpackageSubCodeSize: 2, MaxSubpackageFullCodeSize: 30, NavigateMiniprogramLimit: 10, MaxSubPackageLimit: 100, MinTabbarCount: 2, MaxTabbarCount: 5, MaxCustomTabbarCount: 500, MaxTabbarIconSize: 40 },
})
const project = new ci.Project({ appid: 'wx0000000000000000', type: 'miniProgram', projectPath: process.argv[2], privateKey, attr })
const { setting } = await project.getProjectConfig() // the project's own, as an operator uploads it
const files = await ci.getCompiledResult({ project, version: '1.0.0', desc: '', setting: { ...setting, minify: setting.minified }, onProgressUpdate() {} })
const bytes = Object.values(files).reduce((sum, content) => sum + Buffer.byteLength(content), 0)
const quality = await ci.checkCodeQuality(project)
log(JSON.stringify({ files: Object.keys(files).length, bytes, quality }))
process.exit(0) // it goes on watching the folder
