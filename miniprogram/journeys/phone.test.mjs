// What arrives on phones: by the mini-program, by the official account, or else by a call of somebody's.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { card, setup, until } from './setup.mjs'

const { server, phone } = setup()

const CANCELLED = '预约取消通知'
/** What no message on a locked phone may say. */
const TELLING = /心理|咨询|辅导|老师|学生|孩子|家长|班|学校|宣讲|微课|顾予|陈安和|朱明轩/

const inbox = (p) => p.page.locator('article')
const tapped = (p, what) => p.page.getByRole('button', { name: what, exact: true }).click()
/** The server has taken what WeChat pushed of the tap. */
const taken = (p) => p.page.getByRole('status').waitFor()
const leave = async (code, title) => (await server.call(code, 'GET', '/me/messages')).items.find((m) => m.title === title).credits

/** Looks again and again until the message is there: within limits, and with no word of what it is about. */
async function arrives(p, channel, title) {
  const message = inbox(p).filter({ hasText: title })
  await until(async () => {
    await p.openInbox()
    return (await message.count()) > 0
  })
  await message.getByText(channel).waitFor()
  assert.doesNotMatch(await message.innerText(), TELLING)
  for (const value of await message.locator('dd').allInnerTexts()) assert.ok([...value].length <= 20, value)
  return message
}

async function books(p) {
  await p.open('/pages/counsel/index')
  await p.page.locator('.time').first().click()
  await p.page.locator('.chip', { hasText: '没有' }).click()
  await p.button('确定预约').click()
  await p.text('已约好').waitFor()
  const { items } = await server.call('demo-counsellor', 'GET', '/bookings?status=booked&limit=200')
  return items.sort((a, b) => (BigInt(a.id) < BigInt(b.id) ? 1 : -1))[0]
}

const callsOff = (booking) => server.call('demo-counsellor', 'POST', `/bookings/${booking.id}/cancel`, { reason: '老师临时有事' })
const toCall = async (who, pupil) => (await server.call(who, 'GET', '/call-list?limit=200')).items.filter((c) => c.pupilId === pupil)

/** A family of the teacher's class, which has agreed to learn. */
async function family(code, name, studentNo) {
  const child = await server.call(code, 'POST', '/me/children', { classCode: 'RDXY0301', name, studentNo, relation: 'grandparent' })
  const { currentVersion: version } = (await server.call(code, 'GET', '/me')).consents.find((c) => c.purpose === 'learning')
  await server.call(code, 'PUT', '/me/consents/learning', { version })
  return child
}

test('a parent who allows it is told by the mini-program that a talk is off, and gets there with a tap', async () => {
  const p = await phone('demo-parent')
  await p.openInbox()
  await p.page.getByText('还没有收到消息').waitFor()
  await tapped(p, `允许一条：${CANCELLED}`)
  await taken(p)
  await p.page.locator('li', { hasText: CANCELLED }).getByText('还可以发 1 条').waitFor()
  await until(async () => (await leave('demo-parent', CANCELLED)) === 1) // the server heard of it
  await callsOff(await books(p))
  const message = await arrives(p, '小程序 · 服务通知', '日程取消通知')
  assert.equal(await inbox(p).count(), 1)
  await p.page.locator('li', { hasText: CANCELLED }).getByText('还可以发 0 条').waitFor()
  assert.equal(await leave('demo-parent', CANCELLED), 0)
  await message.getByText('进入查看').click()
  await p.text('已取消').first().waitFor()
  assert.deepEqual(p.faults, [])
  await p.context.close()
})

test('who takes leave back gets no message: the counsellor has to call', async () => {
  const p = await phone('demo-parent')
  await p.openInbox()
  const before = await inbox(p).count()
  for (const left of [1, 2]) {
    await tapped(p, `允许一条：${CANCELLED}`)
    await p.page.locator('li', { hasText: CANCELLED }).getByText(`还可以发 ${left} 条`).waitFor()
  }
  await until(async () => (await leave('demo-parent', CANCELLED)) === 2)
  await tapped(p, `拒收：${CANCELLED}`)
  await taken(p)
  await p.page.locator('li', { hasText: CANCELLED }).getByText('还可以发 0 条').waitFor()
  await until(async () => (await leave('demo-parent', CANCELLED)) === 0)
  await p.open('/pages/mine/messages')
  await card(p, CANCELLED).getByText('还没有同意').waitFor()
  const booking = await books(p)
  await callsOff(booking)
  const owed = async () => (await server.call('demo-counsellor', 'GET', '/call-list?limit=200')).items.filter((c) => c.kind === 'booking_cancelled')
  await until(async () => (await owed()).length === 1)
  await p.openInbox()
  assert.equal(await inbox(p).count(), before)
  assert.deepEqual(p.faults, [])
  await p.context.close()
})

test('reminded by a teacher: who follows hears of it by the official account, who does neither is called', async () => {
  const [following, silent] = [await family('demo-follower', '陈安和', 'RD20260063'), await family('demo-silent', '朱明轩', 'RD20260071')]
  const f = await phone('demo-follower')
  await f.openInbox()
  await tapped(f, '关注公众号')
  await taken(f)
  await until(async () => {
    await f.openInbox()
    return f.page.getByText('已经认出是同一个人').isVisible()
  })
  const session = (await server.call('demo-teacher', 'GET', '/lecture-sessions')).items.find((s) => s.status === 'open')
  const t = await phone('demo-teacher')
  await t.open(`/work/teach/missing?id=${session.id}`)
  await t.button('提醒他们的家长').click()
  await t.confirm('提醒')
  await t.text(/提醒了 \d+ 家/).waitFor()

  await arrives(f, '公众号 · 模板消息', '待办事项提醒')
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
  await tapped(f, '取消关注公众号')
  await taken(f)
  await f.page.getByText('没有关注').waitFor()
  assert.deepEqual([...f.faults, ...s.faults, ...t.faults], [])
  for (const one of [f, s, t]) await one.context.close()
})
