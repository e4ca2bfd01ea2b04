// What counsellors, managers and duty officers do with the client, in a real browser against the real server.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { manyRoles } from './people.mjs'
import { area, card, field, quiet, setup, until } from './setup.mjs'

const { server, phone } = setup()

const me = (code) => server.call(code, 'GET', '/me')

test('a manager nudges the families of a class that an item does not cover', async () => {
  const lesson = (await server.call('demo-school', 'GET', '/lessons?side=guardian')).items[0]
  const [school] = (await server.call('demo-school', 'GET', '/units')).items
  const m = await phone('demo-school')
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
  const c = await phone('demo-counsellor')
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

test('a counsellor completes a booking with a record, and books for a pupil who came by', async () => {
  const booking = (await server.call('demo-counsellor', 'GET', '/bookings?status=booked')).items.find((b) => Date.parse(b.endsAt) < Date.now())
  const c = await phone('demo-counsellor')
  await c.open('/work/counsel/week')
  await c.page.locator('.head').waitFor()
  if ((await c.page.locator('.booking').count()) === 0) await c.page.waitForTimeout(1000)
  // Three hours ago may be in the week before.
  if ((await c.page.locator('.booking', { hasText: booking.pupilName }).count()) === 0) await c.button('上一周').click()
  await c.page.locator('.booking', { hasText: booking.pupilName }).first().click()
  await c.button('谈过了').click()
  await c.confirm('谈过了')
  await c.text('已完成').waitFor()
  await area(c, '记录').fill('谈了同学相处，约好下周再谈。')
  await c.button('保存记录').click()
  await c.page.locator('.record', { hasText: '约好下周再谈' }).waitFor()
  assert.equal((await server.call('demo-counsellor', 'GET', `/bookings/${booking.id}`)).status, 'completed')

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
  const m = await phone('demo-county')
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

test('a duty officer sees an alert without touching anything, takes it on, and is warned when nothing new can be seen', async () => {
  const d = await phone('demo-duty')
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
  await d.text('看不到新的预警').waitFor() // also on the staff's home page, which must not look as if there were no alerts
  await d.page.goForward()
  await d.text('请换网络').waitFor()
  await d.context.setOffline(false)
  await d.text('看不到新的预警').waitFor({ state: 'detached', timeout: 25_000 })
  await card(d, child.name).locator('uni-button').click()
  await d.page.locator('.chip', { hasText: '正赶过去' }).click()
  await d.page.locator('.chip', { hasText: '还不知道' }).click()
  await d.button('我来接手').click()
  await d.text('由您接手').first().waitFor()
  const [alert] = (await server.call('demo-duty', 'GET', '/alerts')).items
  assert.equal(alert.status, 'acknowledged')
  await d.page.goBack()
  await d.text('现在没有要接手的预警').waitFor()
  await d.page.getByRole('tab', { name: '处理中' }).click()
  await d.text('由您接手').waitFor() // it stays in view, with who has it
  assert.deepEqual(quiet(d), [])
  await d.context.close()
})

test('who has several roles sees what each asks for now, the most urgent first', async () => {
  await manyRoles(server, 'demo-many-roles')
  const p = await phone('demo-many-roles')
  await p.open('/work/index')
  await p.text('今天和明天没有预约').waitFor()
  const sections = ['看不到新的预警', '预警没有人接手', '没有要接手的预警', '宣讲：现在和接下来', '预约：今天和明天']
  const shown = await p.page.locator('uni-page:visible').last().innerText()
  const at = sections.map((words) => shown.indexOf(words)).filter((i) => i >= 0)
  assert.equal(at.length, 3, shown)
  assert.deepEqual(at, [...at].sort((a, b) => a - b))
  for (const tool of ['预警', '宣讲场次', '我的一周']) await p.page.locator('.tile', { hasText: tool }).first().waitFor()
  assert.deepEqual(p.faults, [])
  await p.context.close()
})

test('a parent without a role is told so plainly', async () => {
  const p = await phone('demo-parent')
  await p.open('/work/index')
  await p.text('工作台还不归您用').waitFor()
  await p.open('/work/duty/alerts')
  await p.text('这一页不归您用').waitFor()
  await p.open('/work/teach/classes')
  assert.deepEqual(p.faults.filter((f) => !/status of 403/.test(f)), [])
  await p.context.close()
})
