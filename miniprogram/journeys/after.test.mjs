// What comes afterwards: feedback on a booking, the make-up of a lecture that was missed, a number to be called at.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setup } from './setup.mjs'

const { server, phone } = setup()

const me = () => server.call('demo-parent', 'GET', '/me')

test('after a counselling session a parent says once whether it helped', async () => {
  const booking = async () => (await server.call('demo-parent', 'GET', '/bookings?status=completed')).items[0]
  assert.equal((await booking()).feedbackGiven, false)
  const p = await phone('demo-parent')
  await p.open('/pages/counsel/bookings')
  await p.button('说说这次谈得怎么样').click()
  assert.equal(await p.button('交上去').getAttribute('disabled'), 'true')
  await p.page.locator('.chip', { hasText: '有一点' }).click()
  await p.page.locator('uni-textarea[aria-label="还想说的"] textarea').fill('老师很耐心。')
  await p.button('交上去').click()
  await p.text('您已经说过感受，谢谢').waitFor()
  assert.equal((await booking()).feedbackGiven, true)
  await p.page.reload()
  await p.text('您已经说过感受，谢谢').waitFor()
  assert.equal(await p.button('说说这次谈得怎么样').count(), 0)
  assert.deepEqual(p.faults, [])
  await p.context.close()
})

test('a lecture that was missed shows its make-up, which opens for who missed it', async () => {
  const { items } = await server.call('demo-parent', 'GET', '/lecture-sessions')
  const missed = items.find((s) => s.status === 'open')
  await server.call('demo-teacher', 'POST', `/lecture-sessions/${missed.id}/end`)
  const p = await phone('demo-parent')
  await p.open('/pages/lectures/index')
  await p.text('还没参加').first().click()
  await p.text('还没有安排时间').first().waitFor()
  const startsAt = new Date(Date.now() + 2 * 86400000)
  await server.call('demo-teacher', 'POST', `/lecture-sessions/${missed.id}/make-up`, {
    mode: 'offline',
    place: '三楼会议室',
    startsAt: startsAt.toISOString(),
    endsAt: new Date(startsAt.getTime() + 3600000).toISOString(),
  })
  await p.page.reload()
  await p.text('还没参加').first().click()
  const card = p.page.locator('uni-page:visible .card', { hasText: `第${missed.number}讲` })
  await card.getByText('补课', { exact: true }).waitFor()
  for (const child of (await me()).children) assert.match(await card.innerText(), new RegExp(child.name))
  await card.click()
  await p.text('三楼会议室').waitFor()
  assert.deepEqual(p.faults, [])
  await p.context.close()
})

test('a parent sees which number is called, and takes it back; nobody is urged to leave one', async () => {
  const p = await phone('demo-parent')
  await p.open('/pages/mine/index')
  await p.text('联系电话').click()
  await p.text('不留也可以').waitFor()
  await p.text('还没有留手机号').waitFor()
  // A browser has no button of WeChat's; the number was left on the phone.
  await server.call('demo-parent', 'POST', '/me/phone', { code: 'demo-phone-13800000000' })
  await p.page.reload()
  await p.text('尾号 0000').waitFor()
  await p.button('删除手机号').click()
  await p.confirm('删除')
  await p.text('还没有留手机号').waitFor()
  assert.equal((await me()).phoneTail ?? '', '')
  const pupil = await phone('demo-pupil')
  await pupil.open('/pages/mine/index')
  await pupil.text('关于心育').waitFor()
  assert.equal(await pupil.text('联系电话').count(), 0)
  assert.deepEqual([...p.faults, ...pupil.faults], [])
  await p.context.close()
  await pupil.context.close()
})

test('the tap that books asks for permission to remind; 我的 shows what is permitted', async () => {
  const allowed = async () => (await server.call('demo-parent', 'GET', '/me/messages')).items.filter((m) => m.credits > 0)
  assert.deepEqual(await allowed(), [])
  const p = await phone('demo-parent')
  await p.page.addInitScript(() => (window.__wx = { ...window.__wx, accepts: true })) // taps WeChat's 允许
  await p.open('/pages/counsel/index')
  await p.page.locator('.time').first().click()
  await p.page.locator('.chip', { hasText: '没有' }).click()
  await p.button('确定预约').click()
  await p.text('已约好').waitFor()
  const booking = (await allowed()).filter((m) => m.asks === 'booking')
  assert.ok(booking.length > 0)
  await p.open('/pages/mine/messages')
  for (const { title, credits } of booking) await p.page.locator('.card', { hasText: title }).getByText(`还能收 ${credits} 条`).waitFor()
  const card = p.page.locator('.card', { hasText: booking[0].title })
  await card.locator('uni-button', { hasText: '再收一条' }).click()
  await card.getByText(`还能收 ${booking[0].credits + 1} 条`).waitFor()
  assert.deepEqual(p.faults, [])
  await p.context.close()
})
