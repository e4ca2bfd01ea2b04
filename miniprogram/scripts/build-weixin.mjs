// Builds WeChat's client. XINYU_WECHAT_APP_ID is the app it is uploaded to, the same setting as the server's; without it
// the developer tools open the build as a visitor's.
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'

const appId = process.env.XINYU_WECHAT_APP_ID || 'touristappid'
if (!/^(wx[0-9a-f]{16}|touristappid)$/.test(appId)) throw new Error('XINYU_WECHAT_APP_ID is not the id of an app: wx and 16 digits of 0-9 and a-f')

const built = spawnSync('npx', ['uni', 'build', '-p', 'mp-weixin'], { stdio: ['ignore', 'inherit', 'inherit'] })
if (built.status !== 0) process.exit(built.status ?? 1)

const dir = 'dist/build/mp-weixin'
function change(name, what) {
  const path = `${dir}/${name}`
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), ...what }, null, 2) + '\n')
}
change('project.config.json', { appid: appId })
// Nothing of a school's programme is for WeChat's search.
// https://developers.weixin.qq.com/miniprogram/dev/framework/sitemap.html
writeFileSync(`${dir}/sitemap.json`, JSON.stringify({ rules: [{ action: 'disallow', page: '*' }] }, null, 2) + '\n')
change('app.json', { sitemapLocation: 'sitemap.json' })
