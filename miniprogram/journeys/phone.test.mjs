// What arrives on phones: by the mini-program, by the official account, or else by a telephone call.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { learningFamily } from './people.mjs'
import { card, setup, until } from './setup.mjs'

const { server, phone } = setup()

const CANCELLED = '预约取消通知'
/** What no message on a locked phone may contain. */
const REVEALING = /心理|咨询|辅导|老师|学生|孩子|家长|班|学校|宣讲|微课|顾予|陈安和|朱明轩/

const inbox = (p) => p.page.locator('article')
const tap = (p, what) => p.page.getByRole('button', { name: what, exact: true }).click()
/** The server has received WeChat's webhook about the tap. */
const received = (p) => p.page.getByRole('status').waitFor()
const permissions = async (code, title) => (await server.call(code, 'GET', '/me/messages')).items.find((m) => m.title === title).credits

/** Waits until the message is there: within its limits, and revealing nothing. */
async function arrival(p, channel, title) {
  const message = inbox(p).filter({ hasText: title })
  await until(async () => {
    await p.openInbox()
    return (await message.count()) > 0
  })
  await message.getByText(channel).waitFor()
  assert.doesNotMatch(await message.innerText(), REVEALING)
  for (const value of await message.locator('dd').allInnerTexts()) assert.ok([...value].length <= 20, value)
  return message
}

async function book(p) {
  await p.open('/pages/counsel/index')
  await p.page.locator('.time').first().click()
  await p.page.locator('.chip', { hasText: '没有' }).click()
  await p.button('确定预约').click()
  await p.text('已约好').waitFor()
  const { items } = await server.call('demo-counsellor', 'GET', '/bookings?status=booked&limit=200')
  return items.sort((a, b) => (BigInt(a.id) < BigInt(b.id) ? 1 : -1))[0]
}

const cancel = (booking) => server.call('demo-counsellor', 'POST', `/bookings/${booking.id}/cancel`, { reason: '老师临时有事' })
const toCall = async (who, pupil) => (await server.call(who, 'GET', '/call-list?limit=200')).items.filter((c) => c.pupilId === pupil)

test('a parent who permits it gets a message from the mini-program that a booking is cancelled, and opens it with a tap', async () => {
  const p = await phone('demo-parent')
  await p.openInbox()
  await p.page.getByText('还没有收到消息').waitFor()
  await tap(p, `允许一条：${CANCELLED}`)
  await received(p)
  await p.page.locator('li', { hasText: CANCELLED }).getByText('还可以发 1 条').waitFor()
  await until(async () => (await permissions('demo-parent', CANCELLED)) === 1) // the server knows of it
  await cancel(await book(p))
  const message = await arrival(p, '小程序 · 服务通知', '日程取消通知')
  assert.equal(await inbox(p).count(), 1)
  await p.page.locator('li', { hasText: CANCELLED }).getByText('还可以发 0 条').waitFor()
  assert.equal(await permissions('demo-parent', CANCELLED), 0)
  await message.getByText('进入查看').click()
  await p.text('已取消').first().waitFor()
  assert.deepEqual(p.faults, [])
  await p.context.close()
})

test('a parent who withdraws the permission gets no message: the counsellor has to call', async () => {
  const p = await phone('demo-parent')
  await p.openInbox()
  const before = await inbox(p).count()
  for (const left of [1, 2]) {
    await tap(p, `允许一条：${CANCELLED}`)
    await p.page.locator('li', { hasText: CANCELLED }).getByText(`还可以发 ${left} 条`).waitFor()
  }
  await until(async () => (await permissions('demo-parent', CANCELLED)) === 2)
  await tap(p, `拒收：${CANCELLED}`)
  await received(p)
  await p.page.locator('li', { hasText: CANCELLED }).getByText('还可以发 0 条').waitFor()
  await until(async () => (await permissions('demo-parent', CANCELLED)) === 0)
  await p.open('/pages/mine/messages')
  await card(p, CANCELLED).getByText('还没有同意').waitFor()
  const booking = await book(p)
  await cancel(booking)
  const owed = async () => (await server.call('demo-counsellor', 'GET', '/call-list?limit=200')).items.filter((c) => c.kind === 'booking_cancelled')
  await until(async () => (await owed()).length === 1)
  await p.openInbox()
  assert.equal(await inbox(p).count(), before)
  assert.deepEqual(p.faults, [])
  await p.context.close()
})

test('reminded by a teacher: followers get a message from the official account, others are called', async () => {
  const [following, silent] = [await learningFamily(server, 'demo-follower', '陈安和', 'RD20260063'), await learningFamily(server, 'demo-silent', '朱明轩', 'RD20260071')]
  const f = await phone('demo-follower')
  await f.openInbox()
  await tap(f, '关注公众号')
  await received(f)
  await until(async () => {
    await f.openInbox()
    return f.page.getByText('已经认出是同一个人').isVisible()
  })
  const session = (await server.call('demo-teacher', 'GET', '/lecture-sessions')).items.find((s) => s.status === 'open')
  const t = await phone('demo-teacher')
  await t.open(`/work/cover/missing?sessionId=${session.id}`)
  await t.button('提醒他们的家长').click()
  await t.confirm('提醒')
  await t.text(/提醒了 \d+ 家/).waitFor()

  await arrival(f, '公众号 · 模板消息', '待办事项提醒')
  await until(async () => (await toCall('demo-teacher', silent.id)).length === 1)
  assert.deepEqual(await toCall('demo-teacher', following.id), [])
  const s = await phone('demo-silent')
  await s.openInbox()
  await s.page.getByText('还没有收到消息').waitFor()
  await s.page.getByText('没有关注').waitFor()
  await t.open('/work/duty/calls')
  await card(t, '朱明轩的祖辈').waitFor()
  assert.equal(await card(t, '陈安和').count(), 0)

  await f.openInbox()
  await tap(f, '取消关注公众号')
  await received(f)
  await f.page.getByText('没有关注').waitFor()
  assert.deepEqual([...f.faults, ...s.faults, ...t.faults], [])
  for (const one of [f, s, t]) await one.context.close()
})
