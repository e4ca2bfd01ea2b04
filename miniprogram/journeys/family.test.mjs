// What families do with the client, in a real browser against the real server.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setup, until } from './setup.mjs'

const { server, phone } = setup()

const me = (code) => server.call(code, 'GET', '/me')
const openSession = async () => (await server.call('demo-parent', 'GET', '/lecture-sessions')).items.find((s) => s.status === 'open')

test('a new parent binds a child, reads and gives consent', async () => {
  const p = await phone('demo-journey')
  await p.open()
  await p.text('欢迎来到心育').waitFor()
  await p.text('添加孩子').first().click()
  await p.page.locator('uni-input[aria-label="班级码"] input').fill('RDXY0301')
  await p.page.locator('uni-input[aria-label="孩子的姓名"] input').fill('陈安和')
  await p.page.locator('uni-input[aria-label="学籍号"] input').fill('RD00000000')
  await p.button('添加').click()
  await p.page.getByRole('alert').waitFor()
  await p.page.locator('uni-input[aria-label="学籍号"] input').fill('RD20260063')
  await p.button('添加').click()
  for (const title of ['学习记录使用说明', '心理咨询信息使用说明']) {
    await p.page.locator('.card', { hasText: title }).locator('uni-button', { hasText: '同意' }).click()
    if (title === '学习记录使用说明') await p.page.locator('.card', { hasText: title }).getByText('已同意').waitFor()
  }
  await p.text('陈安和').first().waitFor()
  const state = await me('demo-journey')
  assert.deepEqual(state.children.map((c) => c.name), ['陈安和'])
  assert.ok(state.consents.every((c) => c.given))
  // The refused first try is an HTTP error, which the browser prints.
  assert.deepEqual(p.faults.filter((f) => !/status of (404|409|422)/.test(f)), [])
  await p.context.close()
})

test('a parent watches a film with the child to its end, in real time; seeking to the end earns nothing', async () => {
  const child = (await me('demo-parent')).children[0]
  const lesson = (await server.call('demo-parent', 'GET', '/lessons?side=pupil')).items.find((l) => l.durationSeconds === 20)
  const tally = () => server.call('demo-parent', 'GET', `/lessons/${lesson.id}/tally?unitId=${child.classId}`)
  const covered = (await tally()).completed
  const p = await phone('demo-parent')
  await p.open('/pages/lessons/index')
  await p.page.locator('.lesson', { hasText: lesson.title }).click()
  await p.page.locator('video').waitFor()
  const film = (f, argument) => p.page.locator('video').evaluate(f, argument)
  await film((v) => v.play())
  await p.page.waitForFunction(() => document.querySelector('video').currentTime > 1)
  await film((v) => (v.currentTime = 19))
  await p.page.waitForFunction(() => document.querySelector('video').ended)
  const progress = async () => (await server.call('demo-parent', 'GET', `/lessons/${lesson.id}?pupilId=${child.id}`)).progress
  await until(async () => (await progress()).watchedSeconds > 0)
  assert.equal((await progress()).completed, false)
  assert.ok((await progress()).percent < 30)

  await film((v) => {
    v.currentTime = 0
    return v.play()
  })
  // In the middle the page is closed; on another phone the bar shows what was watched.
  await p.page.waitForFunction(() => document.querySelector('video').currentTime > 8)
  await p.open('/pages/home/index')
  await until(async () => (await progress()).watchedSeconds >= 7)
  const q = await phone('demo-parent')
  await q.open(`/pages/lessons/play?id=${lesson.id}&pupilId=${child.id}`)
  await q.page.locator('.seen').first().waitFor()
  // The bar on the other phone covers just what the server has stored, and says so.
  const { watchedSeconds, percent } = await progress()
  const bar = await q.page.evaluate(() => [...document.querySelectorAll('.seen')].reduce((sum, s) => sum + parseFloat(s.style.width), 0))
  assert.ok(Math.abs(bar - (watchedSeconds / lesson.durationSeconds) * 100) < 6, `the bar shows ${bar}% of ${watchedSeconds} s`)
  await q.text(`已看 ${percent}%`).waitFor()
  const resumed = q.page.locator('video')
  await resumed.evaluate((v) => v.play())
  await q.page.waitForFunction(() => document.querySelector('video').currentTime > 6, null, { timeout: 20_000 })
  await q.text('看完啦，真棒！').waitFor({ timeout: 60_000 })
  assert.equal((await progress()).completed, true)
  assert.equal((await tally()).completed, covered + 1)
  assert.deepEqual([...p.faults, ...q.faults], [])
  await p.context.close()
  await q.context.close()
})

test('a teacher shows the code; parents scan it, type its digits, and send it later without network', async () => {
  const session = await openSession()
  const [first, second] = (await me('demo-parent')).children
  const teacher = await phone('demo-teacher', { width: 820, height: 1180 })
  await teacher.open(`/work/teach/code?id=${session.id}`)
  await teacher.page.locator('.digits').waitFor()
  await teacher.page.waitForFunction(() => [...document.querySelectorAll('.picture img')].some((i) => i.naturalWidth > 100))
  const token = (await server.call('demo-teacher', 'GET', `/lecture-sessions/${session.id}/code`)).token

  const p = await phone('demo-parent')
  await p.open(`/pages/lectures/session?id=${session.id}`)
  await p.text('现在签到').waitFor()
  await p.page.locator('.chip', { hasText: second.name }).click() // only the first child now
  await p.see(token)
  await p.button('扫老师出示的码').click()
  await p.text('签到成功').waitFor()
  await teacher.page.locator('.count', { hasText: /已到 1 / }).waitFor({ timeout: 15_000 })
  const states = async () => (await openSession()).checkedIn
  assert.equal((await states()).find((c) => c.pupilId === first.id).status, 'checkedIn')

  const kept = (await server.call('demo-teacher', 'GET', `/lecture-sessions/${session.id}/code`)).token
  await p.context.setOffline(true)
  await p.see(kept)
  await p.button('扫老师出示的码').click()
  await p.text('签到已经记在手机里').waitFor()
  assert.equal((await states()).find((c) => c.pupilId === second.id).status, 'missing')
  await p.context.setOffline(false)
  await until(async () => (await states()).find((c) => c.pupilId === second.id).status !== 'missing')

  const pupil = await phone('demo-journey')
  await pupil.open(`/pages/lectures/session?id=${session.id}`)
  const digits = (await server.call('demo-teacher', 'GET', `/lecture-sessions/${session.id}/code`)).digits
  await pupil.page.locator('uni-input[aria-label="签到数字"] input').fill(digits)
  await pupil.page.locator('uni-button', { hasText: /^签到$/ }).click()
  await pupil.text('签到成功').waitFor()
  // Without network the browser itself says that a request failed.
  assert.deepEqual([...teacher.faults, ...p.faults, ...pupil.faults].filter((f) => !/ERR_INTERNET_DISCONNECTED/.test(f)), [])
  for (const x of [teacher, p, pupil]) await x.context.close()
})

test('a parent books, learns that another was faster, takes another time and cancels', async () => {
  const p = await phone('demo-parent')
  await p.open('/pages/counsel/index')
  await p.page.locator('.time').first().click()
  await p.button('确定预约').waitFor()
  const slot = await p.page.evaluate(() => new URLSearchParams(location.hash.split('?')[1]).get('slotId'))
  await server.call('demo-counsellor', 'POST', '/bookings', {
    slotId: slot,
    pupilId: (await me('demo-journey')).children[0].id,
    safety: { selfHarm: false },
  })
  await p.button('确定预约').click()
  await p.text('请先回答上面的安全问题').waitFor()
  await p.page.locator('.chip', { hasText: '没有' }).click()
  await p.button('确定预约').click()
  await p.text('这个时间刚被约走了').waitFor()
  await p.page.locator('.alternative').first().click()
  await p.button('确定预约').click()
  await p.text('已约好').waitFor()
  await p.button('取消').click()
  await p.confirm('取消预约')
  await p.text('已取消').waitFor()
  assert.deepEqual(p.faults.filter((f) => !/status of 409/.test(f)), [])
  await p.context.close()
})

test('a freed time is offered to the first on the wait-list, who takes it', async () => {
  const other = (await me('demo-journey')).children[0].id
  const slot = (await server.call('demo-journey', 'GET', '/slots?limit=1')).items[0]
  const booking = await server.call('demo-journey', 'POST', '/bookings', { slotId: slot.id, pupilId: other, safety: { selfHarm: false } })
  const p = await phone('demo-parent')
  await p.open('/pages/counsel/index')
  await p.button('没有合适的时间？排候补').click()
  await p.confirm('排候补')
  await p.text('候补中').waitFor()
  await server.call('demo-journey', 'POST', `/bookings/${booking.id}/cancel`, {})
  await p.page.reload()
  await p.text('有一个时间留给您').waitFor()
  await p.text(/还剩 \d+/).waitFor()
  await p.button('就要这个时间').click()
  await p.page.locator('.chip', { hasText: '没有' }).click()
  await p.button('确定预约').click()
  await p.text('已约好').waitFor()
  assert.ok((await server.call('demo-parent', 'GET', '/bookings?status=booked')).items.some((b) => b.slotId === slot.id))
  assert.deepEqual(p.faults, [])
  await p.context.close()
})

test('a pupil sees what is owed', async () => {
  const pupil = await phone('demo-pupil')
  await pupil.open()
  await pupil.text('要看的微课').first().waitFor()
  assert.deepEqual(pupil.faults, [])
  await pupil.context.close()
})

test('a yes to the safety question shows the hotlines at once, and raises an alert for the duty officer', async () => {
  const p = await phone('demo-journey')
  await p.open('/pages/counsel/index')
  await p.page.locator('.time').last().click()
  await p.page.locator('.chip', { hasText: /^有$/ }).click()
  await p.button('确定预约').click()
  await p.text('谢谢您说出来').waitFor()
  await p.text('已送出').waitFor()
  await p.text('12356').first().waitFor()
  const raised = (await server.call('demo-duty', 'GET', '/alerts')).items
  assert.ok(raised.some((a) => a.status === 'raised'))
  assert.deepEqual(p.faults, [])
  await p.context.close()
})

test('a yes without network says in red that nobody knows of it, and goes by itself later; then it says who has it', async () => {
  const p = await phone('demo-parent')
  await p.open('/pages/counsel/index')
  await p.page.locator('.time').last().click()
  await p.page.locator('.chip', { hasText: /^有$/ }).click()
  await p.context.setOffline(true)
  await p.button('确定预约').click()
  await p.text('还没送出，请现在打电话').waitFor()
  await p.button('打 12356').waitFor()
  assert.equal(await p.text('已送出').count(), 0)
  await p.context.setOffline(false)
  await p.text('已送出').waitFor({ timeout: 40_000 })
  const alert = (await server.call('demo-duty', 'GET', '/alerts?status=raised')).items.find((a) => a.level === 'immediate' && a.pupilName && !a.sourceId)
  assert.equal(alert.sourceKind, 'booking')
  await server.call('demo-duty', 'POST', `/alerts/${alert.id}/acknowledge`, { doing: '正在打电话', withPerson: 'unknown' })
  await p.text('已有人接手').waitFor({ timeout: 25_000 })
  await p.page.goBack()
  await p.text('没有约上').waitFor() // the talk was not booked, and the page does not say so
  await p.context.close()
})

test('who wishes to talk to somebody says so with one tap, also without network', async () => {
  const p = await phone('demo-pupil')
  await p.open('/pages/home/index')
  await p.page.locator('.help').last().waitFor()
  await p.page.locator('.help').last().click()
  await p.text('你点一下，就会通知值班人员').waitFor()
  await p.context.setOffline(true)
  await p.page.locator('uni-page:visible uni-input[aria-label="想说的一句话"] input').fill('睡不着，想找人说说')
  await p.button('我想找人说说').click()
  await p.text('还没送出，请现在打电话').waitFor()
  await p.context.setOffline(false)
  await p.text('已送出').waitFor({ timeout: 40_000 })
  assert.ok((await server.call('demo-pupil', 'GET', '/me/alerts')).items.length === 1)
  const stored = await p.page.evaluate(() => JSON.stringify({ ...localStorage }))
  assert.ok(!stored.includes('睡不着'), 'the sentence leaves the phone once it was sent')
  await p.context.close()
})

test('help is there without a login and without network', async () => {
  const p = await phone('demo-parent')
  await p.open('/pages/home/index')
  await p.page.locator('.help').last().waitFor()
  await p.context.setOffline(true)
  await p.page.locator('.help').last().click()
  await p.text('12356').waitFor()
  await p.context.close()
})
