// What families do while the server, or the network before it, fails them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setup, until } from './setup.mjs'

const { server, proxied } = setup()

const me = (code) => server.call(code, 'GET', '/me')
const openSession = async () => (await server.call('demo-parent', 'GET', '/lecture-sessions')).items.find((s) => s.status === 'open')
/** What went wrong beside what the proxy refused: a refused request is an error that the browser itself prints. */
const quiet = (p) => p.faults.filter((f) => !/Failed to load resource/.test(f))

/** Opens the 20-second film of one of demo-parent's children on a phone behind a proxy. */
async function film(t, n, fail = () => {}) {
  const child = (await me('demo-parent')).children[n]
  const lesson = (await server.call('demo-parent', 'GET', '/lessons?side=pupil')).items.find((l) => l.durationSeconds === 20)
  const { p, fail: proxy, stop } = await proxied('demo-parent')
  t.after(async () => {
    await p.context.close()
    await stop()
  })
  fail(proxy)
  await p.open(`/pages/lessons/play?id=${lesson.id}&pupilId=${child.id}`)
  const video = p.page.locator('video')
  await video.waitFor()
  return {
    p,
    proxy,
    video: (f, argument) => video.evaluate(f, argument),
    reaches: (seconds) => p.page.waitForFunction((s) => document.querySelector('video')?.currentTime >= s, seconds, { timeout: 40_000 }),
    progress: async () => (await server.call('demo-parent', 'GET', `/lessons/${lesson.id}?pupilId=${child.id}`)).progress,
  }
}

test('a link that has ended is renewed; a player that can not play says so and tries again', async (t) => {
  const { p, proxy, video, reaches } = await film(t, 1, (proxy) => Object.assign(proxy, { status: 403, path: /^\/media\// }))
  await p.page.getByRole('alert').getByText('视频放不出来').waitFor()
  assert.ok(proxy.refused >= 2, 'it had taken a second link by itself')
  proxy.status = 0
  await p.button('重新打开视频').click()
  await p.page.getByRole('alert').waitFor({ state: 'detached' })
  await video((v) => v.play())
  await reaches(1)
  assert.deepEqual(quiet(p), [])
})

test('a film goes on counting after another tab, which itself counts for nothing', async (t) => {
  const { p, video, reaches, progress } = await film(t, 1)
  const see = (hidden) =>
    p.page.evaluate((h) => {
      Object.defineProperty(document, 'hidden', { value: h, configurable: true })
      document.dispatchEvent(new Event('visibilitychange'))
    }, hidden)
  await video((v) => ((v.currentTime = 0), v.play()))
  await reaches(3)
  await see(true)
  await reaches(7) // the film plays on, and says no more that it does
  await see(false)
  await reaches(12)
  await video((v) => v.pause())
  await until(async () => (await progress()).watchedSeconds >= 7)
  assert.ok((await progress()).watchedSeconds <= 9, 'four seconds nobody saw')
  assert.deepEqual(quiet(p), [])
})

test('reports that a proxy refuses wait, each at its own speed, and count in full', async (t) => {
  const { p, proxy, video, reaches, progress } = await film(t, 1)
  Object.assign(proxy, { status: 502, path: /\/reports$/ })
  await video((v) => ((v.currentTime = 0), v.play()))
  await reaches(6)
  await video((v) => (v.playbackRate = 2)) // the browser's own menu
  await p.page.locator('.chip.on', { hasText: '2倍' }).waitFor()
  proxy.status = 503
  await reaches(12)
  proxy.status = 429
  await p.page.locator('.chip', { hasText: '正常' }).click()
  await p.page.waitForFunction(() => document.querySelector('video').ended, null, { timeout: 40_000 })
  assert.ok(proxy.refused >= 1)
  proxy.status = 0
  await p.text('看完啦，真棒！').waitFor({ timeout: 70_000 })
  assert.equal((await progress()).watchedSeconds, 20)
  assert.equal(await p.text('没有计入').count(), 0)
  assert.deepEqual(quiet(p), [])
})

test('what an earlier watch could not report is sent before a new one begins', async (t) => {
  const { p, proxy, video, reaches, progress } = await film(t, 0)
  assert.equal((await progress()).watchedSeconds, 0)
  Object.assign(proxy, { status: 503, path: /\/reports$/ })
  await video((v) => ((v.currentTime = 0), v.play()))
  await reaches(4)
  const { hash } = new URL(p.page.url())
  await p.open('/pages/home/index')
  await until(() => proxy.refused >= 1)
  const page = p.open(hash.slice(1))
  await new Promise((resolve) => setTimeout(resolve, 1500)) // the new watch waits for the report of the one before
  proxy.status = 0
  await page
  await p.page.locator('.seen').first().waitFor()
  await until(async () => (await progress()).watchedSeconds >= 3)
  assert.deepEqual(quiet(p), [])
})

test('a check-in that a proxy refuses is kept and sent by itself; digits are sent again while they are good', async (t) => {
  const session = await openSession()
  const [first, second] = (await me('demo-parent')).children
  const { p, fail, stop } = await proxied('demo-parent')
  t.after(async () => {
    await p.context.close()
    await stop()
  })
  const states = async () => (await openSession()).checkedIn
  const of = async (child) => (await states()).find((c) => c.pupilId === child.id && c.side === 'pupil').status
  await p.open(`/pages/lectures/session?id=${session.id}`)
  await p.text('现在签到').waitFor()
  await p.page.locator('.chip', { hasText: second.name }).click() // only the first child
  Object.assign(fail, { status: 502, path: /\/check-ins$/ })
  await p.see((await server.call('demo-teacher', 'GET', `/lecture-sessions/${session.id}/code`)).token)
  await p.button('扫老师出示的码').click()
  await p.text('签到已经记在手机里').waitFor()
  assert.equal(await of(first), 'missing')
  fail.status = 429
  await until(() => fail.refused >= 2)
  fail.status = 0
  await until(async () => (await of(first)) !== 'missing')

  await p.text('签到已经记在手机里').waitFor({ state: 'detached' })
  const typed = p.page.waitForRequest((r) => r.url().endsWith('/check-ins'))
  await p.page.locator('uni-input[aria-label="签到数字"] input').fill('012345')
  await p.page.locator('uni-button', { hasText: /^签到$/ }).click()
  assert.equal((await typed).postDataJSON().digits, '012345', 'a leading zero stays')
  await p.page.getByText('数字码不对或已过期').waitFor()
  fail.status = 503
  await p.page.locator('uni-input[aria-label="签到数字"] input').fill((await server.call('demo-teacher', 'GET', `/lecture-sessions/${session.id}/code`)).digits)
  const before = fail.refused
  await p.page.locator('uni-button', { hasText: /^签到$/ }).click()
  await until(() => fail.refused > before)
  fail.status = 0
  await p.text('签到成功').waitFor()
  assert.equal(await of(second), 'checkedIn')
  assert.deepEqual(quiet(p), [])
})

test('a page that was opened too early opens by itself when its time has come', async (t) => {
  const held = await openSession()
  const in15minutes = Date.now() + 15 * 60_000 + 8000
  const session = await server.call('demo-teacher', 'POST', '/lecture-sessions', {
    lectureId: held.lectureId,
    mode: 'offline',
    place: '报告厅',
    targetUnitIds: [(await server.call('demo-teacher', 'GET', '/me')).account.roles.find((r) => r.role === 'teacher').unitId],
    startsAt: new Date(in15minutes).toISOString(),
    endsAt: new Date(in15minutes + 40 * 60_000).toISOString(),
  })
  const { p, stop } = await proxied('demo-parent')
  t.after(async () => {
    await p.context.close()
    await stop()
  })
  await p.open(`/pages/lectures/session?id=${session.id}`)
  await p.text('开始前 15 分钟起可以签到').waitFor()
  await p.text('现在签到').waitFor({ timeout: 30_000 })
  assert.deepEqual(quiet(p), [])
})
