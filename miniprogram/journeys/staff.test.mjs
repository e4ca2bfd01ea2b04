// What staff do with the client, in a real browser against the real server.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { phone, startChromium, startServer } from './browser.mjs'

const PHONE = { width: 390, height: 844 }
const TABLET = { width: 820, height: 1180 }

let server, browser, early
before(async () => {
  server = await startServer()
  browser = await startChromium()
  // A code that will be old by the time a phone without network sends it.
  early = { at: Date.now(), token: (await server.call('demo-teacher', 'GET', `/lecture-sessions/${(await openSession()).id}/code`)).token }
})
after(async () => {
  await browser?.close()
  await server?.stop()
})

const me = (code) => server.call(code, 'GET', '/me')
const sessions = async () => (await server.call('demo-teacher', 'GET', '/lecture-sessions')).items
const openSession = async () => (await sessions()).find((s) => s.status === 'open' && !s.makeUpOf)
const counts = async (id) => (await server.call('demo-teacher', 'GET', `/lecture-sessions/${id}/roster?limit=1`)).counts
const field = (p, label) => p.page.locator(`uni-page:visible uni-input[aria-label="${label}"] input`)
const area = (p, label) => p.page.locator(`uni-page:visible uni-textarea[aria-label="${label}"] textarea`)
const card = (p, text) => p.page.locator('uni-page:visible').last().locator('.card', { hasText: text })
/** Taken away without network, a request is an error that the browser itself prints. */
const quiet = (p, allowed = /ERR_INTERNET_DISCONNECTED/) => p.faults.filter((f) => !allowed.test(f))

test('a teacher shows the code on a tablet, a parent checks in, and the count rises; without network no code is left', async () => {
  const session = await openSession()
  const [first] = (await me('demo-parent')).children
  const t = await phone(browser, server.origin, 'demo-teacher', TABLET)
  await t.open('/work/index')
  await card(t, '正在进行').first().click()
  await t.page.locator('navigator, uni-navigator', { hasText: '出示签到码' }).click()
  await t.page.locator('.digits').waitFor()
  await t.page.waitForFunction(() => [...document.querySelectorAll('.picture img')].some((i) => i.naturalWidth > 100))
  const before = (await counts(session.id)).checkedIn
  await t.page.locator('.count', { hasText: `已到 ${before} / ` }).waitFor()
  const size = await t.page.locator('.picture').boundingBox()
  assert.ok(size.width > 600, `the code is ${size.width} px wide`)

  const p = await phone(browser, server.origin, 'demo-parent', PHONE)
  await p.open(`/pages/lectures/session?id=${session.id}`)
  await p.text('现在签到').waitFor()
  await p.page.locator('.chip', { hasText: (await me('demo-parent')).children[1].name }).click() // only the first child
  await p.see((await server.call('demo-teacher', 'GET', `/lecture-sessions/${session.id}/code`)).token)
  await p.button('扫老师出示的码').click()
  await p.text('签到成功').waitFor()
  await t.page.locator('.count', { hasText: `已到 ${before + 1} / ` }).waitFor({ timeout: 15_000 })
  assert.equal((await openSession()).status, 'open')
  assert.ok(first)

  const digits = await t.page.locator('.digits').innerText()
  await t.context.setOffline(true)
  await t.text('没有网络，码已收起').waitFor({ timeout: 25_000 })
  assert.equal(await t.page.locator('.digits').count(), 0)
  assert.equal(await t.page.locator('.picture img').count(), 0)
  await t.context.setOffline(false)
  await t.page.locator('.digits').waitFor({ timeout: 15_000 })
  assert.notEqual(await t.page.locator('.digits').innerText(), digits)
  assert.deepEqual([...quiet(t), ...p.faults], [])
  await t.context.close()
  await p.context.close()
})

test('a teacher calls the roll: finds, takes back a slip, and without network keeps it until later', async () => {
  const session = await openSession()
  const before = await counts(session.id)
  const t = await phone(browser, server.origin, 'demo-teacher', PHONE)
  await t.open(`/work/teach/rollcall?id=${session.id}`)
  const rows = t.page.locator('.big')
  await rows.first().waitFor()
  assert.ok((await rows.first().boundingBox()).height >= 60)
  const name = await rows.nth(1).locator('.title').innerText()
  await field(t, '找名字').fill(name)
  await rows.filter({ hasText: name }).first().click()
  await field(t, '找名字').fill('')
  await rows.nth(3).click()
  await t.text('撤销一步').click()
  await t.button('提交（1 人到场）').click()
  await t.confirm('提交')
  await until(async () => (await counts(session.id)).checkedIn === before.checkedIn + 1)

  await rows.filter({ hasText: name }).waitFor({ state: 'detached' })
  await t.context.setOffline(true)
  await rows.nth(0).click()
  await rows.nth(1).click()
  await t.button('提交（2 人到场）').click()
  await t.confirm('提交')
  await t.text('2 人的点名记在手机里').waitFor()
  assert.equal((await counts(session.id)).checkedIn, before.checkedIn + 1)
  await t.context.setOffline(false)
  await until(async () => (await counts(session.id)).checkedIn === before.checkedIn + 3)
  await t.text('2 人的点名记在手机里').waitFor({ state: 'detached' })
  assert.deepEqual(quiet(t), [])
  await t.context.close()
})

test('a teacher schedules a session, changes it and calls it off', async () => {
  const t = await phone(browser, server.origin, 'demo-teacher', PHONE)
  await t.open('/work/teach/sessions')
  await t.page.locator('.button', { hasText: '安排宣讲' }).click()
  await card(t, '学会交往').click()
  await t.text('已选 1 个').waitFor() // the own class is the only one
  await t.button('安排好了').click()
  await t.text('请填写地点').waitFor()
  await field(t, '地点').fill('三楼会议室')
  await t.button('安排好了').click()
  await t.text('三楼会议室').first().waitFor()
  const made = (await sessions()).find((s) => s.place === '三楼会议室')
  assert.equal(made.status === 'scheduled' || made.status === 'open', true)
  await t.page.locator('uni-page:visible .button', { hasText: '修改' }).click()
  await t.text('保存').waitFor()
  await field(t, '地点').fill('学校报告厅')
  await t.button('保存').click()
  await t.text('学校报告厅').first().waitFor()
  if (made.status === 'scheduled') {
    await t.button('取消场次').click()
    await t.confirm('取消场次')
    await t.text('已取消').waitFor()
    assert.equal((await server.call('demo-teacher', 'GET', `/lecture-sessions/${made.id}`)).status, 'cancelled')
  }
  assert.deepEqual(t.faults, [])
  await t.context.close()
})

test('a teacher ends a session early and schedules a make-up for those who missed it', async () => {
  const { lectureId } = await openSession()
  const [own] = (await server.call('demo-teacher', 'GET', '/units')).items
  const now = Date.now()
  const iso = (ms) => new Date(ms).toISOString()
  const held = await server.call('demo-teacher', 'POST', '/lecture-sessions', {
    lectureId, mode: 'offline', place: '教室', startsAt: iso(now - 60_000), endsAt: iso(now + 3_600_000), targetUnitIds: [own.id],
  })
  const t = await phone(browser, server.origin, 'demo-teacher', PHONE)
  await t.open(`/work/teach/host?id=${held.id}`)
  await t.button('结束场次').click()
  await t.confirm('结束')
  await t.text('已结束').waitFor()
  await card(t, '还差谁').click()
  await t.page.locator('.button', { hasText: '给他们安排补课' }).click()
  await t.text('由系统算好').waitFor()
  await field(t, '地点').fill('图书室')
  await t.button('安排补课').click()
  await t.text('补课').first().waitFor()
  const makeUp = (await sessions()).find((s) => s.makeUpOf === held.id)
  assert.equal(makeUp.place, '图书室')
  assert.ok((await counts(makeUp.id)).total > 0)
  assert.deepEqual(t.faults, [])
  await t.context.close()
})

test('a host confirms a check-in that came late', async () => {
  const session = await openSession()
  const second = (await me('demo-parent')).children[1]
  await until(() => Date.now() - early.at > 35_000)
  const [late] = (await server.call('demo-parent', 'POST', '/check-ins', { token: early.token, pupilIds: [second.id], at: new Date(early.at).toISOString() })).items
  assert.equal(late.late, true)
  const before = await counts(session.id)
  const t = await phone(browser, server.origin, 'demo-teacher', PHONE)
  await t.open(`/work/teach/host?id=${session.id}`)
  await t.text('1 人签到晚到了').click()
  await card(t, second.name).click()
  await t.button('到场了（1）').click()
  await t.confirm('确认到场')
  await t.text('没有要确认的签到').waitFor()
  assert.equal((await counts(session.id)).checkedIn, before.checkedIn + 1)
  assert.deepEqual(t.faults, [])
  await t.context.close()
})

test('a teacher shows the class code, forwards a lesson and undoes a wrong binding', async () => {
  await server.call('demo-stranger', 'POST', '/me/children', { classCode: 'RDXY0301', name: '陈安和', studentNo: 'RD20260063', relation: 'other' })
  const t = await phone(browser, server.origin, 'demo-teacher', PHONE)
  await t.open('/work/teach/classes')
  await card(t, '三年级').first().click()
  await t.page.locator('.button', { hasText: '出示绑定码' }).click()
  await t.page.waitForFunction(() => [...document.querySelectorAll('.picture img')].some((i) => i.naturalWidth > 100))
  await t.page.goBack()
  await field(t, '找名字').fill('陈安和')
  await card(t, '陈安和').click()
  await t.text('其他监护人').waitFor()
  await t.button('解除').click()
  await t.confirm('解除')
  await t.text('还没有家长绑定').waitFor()
  assert.deepEqual((await me('demo-stranger')).children, [])

  await t.open('/work/teach/lessons')
  await t.page.locator('uni-page:visible .card').first().click()
  await t.text('还没有转发过').waitFor()
  await t.button('转发（1 个）').click()
  await t.confirm('转发')
  await t.text('个家庭').first().waitFor()
  await t.text('还没有转发过').waitFor({ state: 'detached' })
  assert.deepEqual(t.faults, [])
  await t.context.close()
})

test('a teacher reminds the families of those missing, and calls those whom no message reaches', async () => {
  const session = await openSession()
  const t = await phone(browser, server.origin, 'demo-teacher', PHONE)
  await t.open(`/work/teach/missing?id=${session.id}`)
  await t.button('提醒他们的家长').click()
  await t.confirm('提醒')
  await t.text(/家联系不上|提醒了 \d+ 家/).waitFor()
  await t.open('/work/duty/calls')
  // Who is to be called hangs on whom the journeys before have checked in already.
  const line = t.page.locator('uni-page:visible uni-button', { hasText: '记结果' }).first()
  await line.or(t.text('没有要打的电话')).first().waitFor()
  if (await line.isVisible()) {
    await line.click()
    await t.page.locator('.uni-actionsheet__cell', { hasText: '打通了，已告知' }).click()
    await t.text('打过的').click()
    await t.text('打通了，已告知').first().waitFor()
  }
  assert.deepEqual(t.faults, [])
  await t.context.close()
})

test('a manager nudges the families of a class that an item does not cover', async () => {
  const lesson = (await server.call('demo-school', 'GET', '/lessons?side=guardian')).items[0]
  const [school] = (await server.call('demo-school', 'GET', '/units')).items
  const m = await phone(browser, server.origin, 'demo-school', PHONE)
  await m.open(`/work/cover/missing?itemKind=lesson&itemId=${lesson.id}&side=guardian&unitId=${school.id}&name=${encodeURIComponent(school.name)}`)
  await m.button('提醒他们').click()
  await m.confirm('提醒')
  await m.text(/提醒了 \d+ 家|家联系不上/).waitFor()
  assert.deepEqual(m.faults, [])
  await m.context.close()
})

test('a counsellor opens a time of the week and closes one for a day', async () => {
  const rules = async () => (await server.call('demo-counsellor', 'GET', '/availability-rules')).items
  const before = (await rules()).length
  const c = await phone(browser, server.origin, 'demo-counsellor', PHONE)
  await c.open('/work/counsel/availability')
  await c.button('加一段开放时间').click()
  await c.page.locator('.chip', { hasText: '周日' }).click()
  await c.text('每个周日可约 3 次').waitFor()
  await c.page.locator('.chip', { hasText: /^15$/ }).click()
  await c.button('开放这个时间').click()
  await until(async () => (await rules()).length === before + 1)
  assert.equal((await rules()).find((r) => r.weekday === 0).bufferMinutes, 15)
  await field(c, '停约原因').fill('去县里开会')
  await c.button('停约').click()
  await c.confirm('停约')
  await c.text('去县里开会').waitFor()
  await c.button('恢复').click()
  await c.confirm('恢复')
  await c.text('去县里开会').waitFor({ state: 'detached' })
  assert.deepEqual(c.faults, [])
  await c.context.close()
})

test('a counsellor closes a talk with a record, and books for a pupil who came by', async () => {
  const talk = (await server.call('demo-counsellor', 'GET', '/bookings?status=booked')).items.find((b) => Date.parse(b.endsAt) < Date.now())
  const c = await phone(browser, server.origin, 'demo-counsellor', PHONE)
  await c.open('/work/counsel/week')
  await c.page.locator('.head').waitFor()
  if ((await c.page.locator('.talk').count()) === 0) await c.page.waitForTimeout(1000)
  // Three hours ago may be in the week before.
  if ((await c.page.locator('.talk', { hasText: talk.pupilName }).count()) === 0) await c.button('上一周').click()
  await c.page.locator('.talk', { hasText: talk.pupilName }).first().click()
  await c.button('谈过了').click()
  await c.confirm('谈过了')
  await c.text('已完成').waitFor()
  await area(c, '记录').fill('谈了同学相处，约好下周再谈。')
  await c.button('保存记录').click()
  await c.page.locator('.record', { hasText: '约好下周再谈' }).waitFor()
  assert.equal((await server.call('demo-counsellor', 'GET', `/bookings/${talk.id}`)).status, 'completed')

  await c.open('/work/counsel/walkin')
  // A pupil whose guardian has agreed: the rules for under-14s hold for walk-ins too.
  const child = (await me('demo-parent')).children[0]
  await field(c, '学生姓名').fill(child.name)
  await c.button('查找').click()
  await c.page.locator('.pupil', { hasText: child.name }).waitFor()
  await c.page.locator('.slots .chip').first().click()
  await c.page.locator('uni-page:visible .answers .chip', { hasText: '没有' }).click()
  await c.button('代约').click()
  await c.text('待咨询').waitFor()
  await c.text(child.name).first().waitFor()
  assert.ok((await server.call('demo-counsellor', 'GET', '/bookings?status=booked')).items.some((b) => b.pupilId === child.id))
  assert.deepEqual(c.faults, [])
  await c.context.close()
})

test('a manager goes down from the county to a class and sees rates and who is missing', async () => {
  const m = await phone(browser, server.origin, 'demo-county', PHONE)
  await m.open('/work/cover/index')
  await card(m, '学会交往').filter({ hasText: '宣讲' }).click()
  await m.page.locator('.title', { hasText: '如东县' }).waitFor()
  const rates = async () => (await m.page.locator('uni-page:visible .line .rate').allInnerTexts()).filter((t) => t.endsWith('%')).map(parseFloat)
  await m.page.locator('.line').first().waitFor()
  const towns = await rates()
  assert.ok(towns.length > 1)
  assert.deepEqual(towns, [...towns].sort((a, b) => a - b))
  for (const name of ['掘港街道', '向阳小学']) {
    await m.page.locator('.line', { hasText: name }).click()
    await m.page.locator('.card .title', { hasText: name }).waitFor()
  }
  await m.text('看表格').click()
  await m.page.locator('.cells', { hasText: '三年级' }).first().click()
  await m.text('还没有完成的学生').waitFor()
  assert.ok((await m.page.locator('uni-page:visible .card').count()) > 2)
  assert.deepEqual(m.faults, [])
  await m.context.close()
})

test('a duty officer sees an alert without touching anything, takes it on, and is told loudly when nothing new can be seen', async () => {
  const d = await phone(browser, server.origin, 'demo-duty', PHONE)
  await d.open('/work/index')
  await d.text('现在没有要接手的预警').click()
  await d.text('这一页开着，会自己更新').waitFor()
  const child = (await me('demo-parent')).children[1]
  const slots = (await server.call('demo-parent', 'GET', '/slots?limit=50')).items
  await server.call('demo-parent', 'POST', '/bookings', { slotId: slots[slots.length - 1].id, pupilId: child.id, safety: { selfHarm: true } })
  await card(d, child.name).waitFor({ timeout: 25_000 })
  await d.text('还剩').waitFor()
  await d.context.setOffline(true)
  await d.text('看不到新的预警').waitFor()
  await d.page.goBack()
  await d.text('看不到新的预警').waitFor() // also on the desk, where a calm word would be a lie
  await d.page.goForward()
  await d.text('请换网络').waitFor()
  await d.context.setOffline(false)
  await d.text('看不到新的预警').waitFor({ state: 'detached', timeout: 25_000 })
  await d.button('我来处理').click()
  await d.confirm('我来处理')
  await d.text('现在没有要接手的预警').waitFor()
  const [alert] = (await server.call('demo-duty', 'GET', '/alerts')).items
  assert.equal(alert.status, 'acknowledged')
  assert.deepEqual(quiet(d), [])
  await d.context.close()
})

test('who has no part in it is told so plainly', async () => {
  const p = await phone(browser, server.origin, 'demo-parent', PHONE)
  await p.open('/work/index')
  await p.text('工作台还不归您用').waitFor()
  await p.open('/work/duty/alerts')
  await p.text('这一页不归您用').waitFor()
  await p.open('/work/teach/classes')
  assert.deepEqual(p.faults.filter((f) => !/status of 403/.test(f)), [])
  await p.context.close()
})

async function until(is, ms = 60_000) {
  const end = Date.now() + ms
  while (!(await is())) {
    if (Date.now() > end) throw new Error('waited in vain')
    await new Promise((resolve) => setTimeout(resolve, 300))
  }
}
