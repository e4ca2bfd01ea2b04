// Takes a picture of every page in every state, to be looked at by people: npm run pictures -- FOLDER [PART OF A NAME …]
// SERVER_BINARY and LOG_CHECKER name programs, as in the journeys. Nothing of it is checked in.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { phone, startChromium, startServer } from './browser.mjs'
import { familyPages } from './pictures.family.mjs'
import { staffPages } from './pictures.staff.mjs'

const [folder, ...parts] = process.argv.slice(2)
if (!folder) throw new Error('say where the pictures go: npm run pictures -- FOLDER')
mkdirSync(folder, { recursive: true })

/** How a phone is brought into each state before its page is opened. */
const STATES = {
  normal: async () => {},
  large: (p) => p.page.addInitScript(() => localStorage.setItem('xinyu.large', '{"type":"boolean","data":true}')),
  long: (p) => change(p, lengthen),
  empty: (p) => change(p, emptied),
  waiting: (p) => p.page.route(API, () => {}),
  error: (p) => p.page.route(API, (route) => route.fulfill({ status: 503, contentType: 'application/problem+json', body: '{"code":"unavailable","detail":"服务暂时不可用，请稍后再试"}' })),
  offline: async () => {}, // see take
}
const API = (url) => url.pathname.startsWith('/api/v1/') && !/\/(login|hotlines)$/.test(url.pathname)

/** Changes what the API returns. */
function change(p, how) {
  return p.page.route(API, async (route) => {
    const response = await route.fetch()
    const text = await response.text()
    await route.fulfill({ response, body: response.ok() && text.startsWith('{') ? JSON.stringify(how(JSON.parse(text))) : text })
  })
}

const LONG = {
  name: '欧阳阿依古丽·买买提江·吐尔逊',
  pupilName: '欧阳阿依古丽·买买提江·吐尔逊',
  title: '青春期的孩子为什么总和家长对着干：从理解情绪开始，重新学会好好说话（上）',
  lectureTitle: '携手家校社，共同守护孩子心理健康：家长如何陪伴孩子平稳度过青春期与升学季',
  className: '九年级（12）班（城乡融合实验班）',
  schoolName: '江苏省如东县掘港街道第一初级中学东校区',
  counsellorName: '欧阳阿依古丽·买买提江老师',
  roomName: '阳光心语小屋·学生成长与家庭教育指导中心',
  place: '综合楼四楼东侧走廊尽头第二会议室（从操场旁的楼梯上去）',
  device: 'HUAWEI nova 12 Ultra 星耀版 Extended Edition',
  introduction: '擅长陪孩子聊同学相处、考试紧张和家里的烦心事。从事学校心理工作二十余年，国家二级心理咨询师，每周五天都在，家长也可以一个人来坐坐。',
}
function lengthen(value, key) {
  if (typeof value === 'string') return LONG[key] ?? value
  if (Array.isArray(value)) return value.map((v) => lengthen(v))
  if (value && typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, lengthen(v, k)]))
  return value
}
function emptied(value) {
  if (!value || typeof value !== 'object' || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, k === 'items' || k === 'children' ? [] : emptied(v)]))
}

const server = await startServer()
const browser = await startChromium()
const faults = []

async function take(entry, state) {
  const p = await phone(browser, server.origin, entry.who, entry.size)
  const path = typeof entry.path === 'function' ? await entry.path(server) : entry.path
  await STATES[state](p)
  await p.open(path)
  await settle(p)
  if (state === 'offline') {
    // The page is known; then the network goes, and the page is opened anew.
    await p.open(entry.from ?? '/pages/help/index')
    await settle(p)
    await p.context.setOffline(true)
    await p.page.evaluate((to) => (location.hash = '#' + to), path)
    await settle(p)
  } else if (entry.then && !['empty', 'error', 'waiting'].includes(state)) {
    await entry.then(p, server)
    await settle(p)
  }
  const name = join(folder, `${entry.name}-${state}.png`)
  await p.page.screenshot({ path: name, scale: 'css', fullPage: entry.whole !== false })
  const wider = await p.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  if (wider > 0) faults.push(`${entry.name}-${state} is ${wider} px wider than the phone`)
  const found = p.faults.filter((f) => !/ERR_INTERNET_DISCONNECTED|status of (401|403|404|409|422|503)/.test(f))
  faults.push(...found.map((f) => `${entry.name}-${state}: ${f}`))
  await p.context.close()
  return name
}

/** Nothing moves any more. */
async function settle(p) {
  await p.page.waitForLoadState('networkidle', { timeout: 3000 }).catch(() => {})
  await p.page.waitForTimeout(500)
}

/** Lays pictures side by side, to be seen at a glance. */
async function sheet(name, pictures) {
  const page = await browser.newPage({ viewport: { width: 400 * pictures.length, height: 900 } })
  const { readFileSync } = await import('node:fs')
  const images = pictures.map(({ state, file }) => `<figure><figcaption>${name} ${state}</figcaption><img src="data:image/png;base64,${readFileSync(file).toString('base64')}"></figure>`)
  await page.setContent(`<style>body{display:flex;gap:10px;margin:0;background:#666;align-items:flex-start}figure{margin:0;width:390px}figcaption{color:#fff;font:16px sans-serif}img{width:390px;max-height:1600px;object-fit:cover;object-position:top}</style>${images.join('')}`)
  await page.screenshot({ path: join(folder, `sheet-${name}-${pictures[0].state}.png`), fullPage: true })
  await page.close()
}

try {
  for (const entry of [...familyPages, ...staffPages]) {
    if (parts.length && !parts.some((part) => entry.name.includes(part))) continue
    const pictures = []
    for (const state of entry.states ?? Object.keys(STATES)) {
      try {
        pictures.push({ state, file: await take(entry, state) })
      } catch (e) {
        faults.push(`${entry.name}-${state}: ${e.message.split('\n')[0]}`)
      }
    }
    for (let i = 0; i < pictures.length; i += 4) await sheet(entry.name, pictures.slice(i, i + 4))
    console.log(`${entry.name}: ${pictures.map((x) => x.state).join(', ')}`)
  }
} finally {
  await browser.close()
  await server.stop()
}
writeFileSync(join(folder, 'faults.txt'), faults.join('\n'))
for (const fault of faults) console.error(fault)
process.exitCode = faults.length ? 1 : 0
