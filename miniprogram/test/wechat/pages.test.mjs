// Every page of the built client, rendered by WeChat's component engine on the real server, by whoever opens it.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startServer } from '../../journeys/browser.mjs'
import { familyPages } from '../../journeys/pictures.family.mjs'
import { staffPages } from '../../journeys/pictures.staff.mjs'
import { copyBuild, pagesOf } from './build.mjs'
import { Phone, until } from './phone.mjs'

const slotOf = async (s) => {
  const slot = (await s.call('demo-parent', 'GET', '/slots?limit=1')).items[0]
  return `/pages/counsel/book?slotId=${slot.id}&startsAt=${slot.startsAt}&endsAt=${slot.endsAt}&mode=${slot.mode}&counsellorId=${slot.counsellorId}&roomId=${slot.roomId}`
}
const sceneOf = async (s) => {
  const session = (await s.call('demo-teacher', 'GET', '/lecture-sessions')).items.find((x) => x.status === 'open')
  return `/pages/lectures/session?scene=${(await s.call('demo-teacher', 'POST', '/scenes', { kind: 'session', targetId: session.id })).scene}`
}
/** A previewed roster of one new pupil, as a file that a browser uploads. */
const importOf = async (s) => {
  const { unitId } = (await s.call('demo-school', 'GET', '/me')).account.roles[0]
  const post = async (path, headers, body) => (await fetch(`${s.origin}/api/v1${path}`, { method: 'POST', headers, body })).json()
  const { token } = await post('/login', { 'Content-Type': 'application/json' }, JSON.stringify({ code: 'demo-school' }))
  const file = '年级,班级,姓名,学籍号,性别\n六年级,9班,王一帆,T900001,男\n'
  const { id } = await post(`/roster-imports?unitId=${unitId}`, { Authorization: `Bearer ${token}`, 'Content-Type': 'application/octet-stream' }, file)
  return `/work/roster/import?id=${id}`
}
/** The pages that pictures are taken of, and those that these come to. */
const PAGES = [
  ...familyPages.filter((p) => p.path !== '/pages/demo/index'), // a browser's page
  ...staffPages,
  { name: 'book', who: 'demo-parent', path: slotOf },
  { name: 'session-scene', who: 'demo-parent', path: sceneOf },
  { name: 'open', who: 'demo-parent', path: '/pages/open/index' },
  { name: 'roster-imports', who: 'demo-school', path: '/work/roster/imports' },
  { name: 'roster-import', who: 'demo-school', path: importOf },
]
/** Those that are there to be refused. */
const REFUSED = new Set(['work-refused', 'work-none', 'play-shared', 'open'])

const dir = copyBuild()
let server
before(async () => (server = await startServer()))
after(() => server.stop())

test('every page is shown, without an error on the console', async () => {
  const unseen = new Set(pagesOf(dir))
  const faults = []
  const seen = new Set()
  const phones = {}
  for (const { name, who, path } of PAGES) {
    const url = typeof path === 'function' ? await path(server) : path
    if (seen.has(who + url)) continue
    seen.add(who + url)
    // A phone a person, one at a time: an app is alone in its WeChat.
    const phone = (phones[who] ??= new Phone(server.origin, who, dir))
    const [page, query = ''] = url.slice(1).split('?')
    await phone.launch(page, Object.fromEntries(query.split('&').filter(Boolean).map((pair) => pair.split('='))))
    try {
      await until(() => phone.top && phone.withAttr('aria-label', '正在打开').length === 0, `${name} to be shown`)
      await until(() => phone.waiting === 0, `${name} to have asked`)
      assert.ok(phone.text().length > 20, `${name} shows nothing`)
      if (!REFUSED.has(name)) assert.doesNotMatch(phone.text(), /没能打开|没有连上|再试一次/, name)
      assert.doesNotMatch(phone.text(), /undefined|\[object|NaN|TypeError|Error:/, name)
      unseen.delete(phone.top.path)
    } catch (error) {
      faults.push(`${name}: ${error.message}`)
    }
    phone.close()
    faults.push(...phone.faults.splice(0).map((f) => `${name}: ${f}`))
  }
  console.log(`WECHAT pages=${pagesOf(dir).length} opened=${seen.size}`)
  assert.deepEqual(faults, [])
  assert.deepEqual([...unseen], [])
})
