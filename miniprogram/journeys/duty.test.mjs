// What becomes of a call for help, in a real browser against the real server.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { grant } from './people.mjs'
import { area, card, field, quiet, setup } from './setup.mjs'

const { server, phone } = setup()

const me = (code) => server.call(code, 'GET', '/me')
const chip = (p, text) => p.page.locator('uni-page:visible').last().locator('.chip', { hasText: text }).last()
/** Answers the question that asks for words. */
async function say(p, words) {
  await p.page.locator('.uni-modal .uni-modal__textarea, .uni-modal textarea').last().fill(words)
  await p.page.locator('.uni-modal__btn_primary').click()
}
/** A yes to the safety question about a child of demo-parent. */
async function yes(n) {
  const child = (await me('demo-parent')).children[n]
  const slots = (await server.call('demo-parent', 'GET', '/slots?limit=50')).items
  await server.call('demo-parent', 'POST', '/bookings', { slotId: slots[slots.length - 1].id, pupilId: child.id, safety: { selfHarm: true } })
  return child
}

test('an officer takes an alert on, writes what was done, keeps guardians out, and closes it with a second officer', async () => {
  await server.call('demo-parent', 'POST', '/me/phone', { code: 'demo-phone-13800000000' })
  await grant(server, 'demo-county', 'demo-second', 'duty')
  const child = await yes(1)
  const d = await phone('demo-duty')
  await d.open('/work/duty/alerts')
  await card(d, child.name).waitFor()
  await d.button('打开，接手').click()
  await d.text('13800000000').first().waitFor()
  await d.text('前有人接手').first().waitFor()
  await d.button('我来接手').click()
  await d.text('请选一个，或写下您现在做什么').waitFor()
  await chip(d, '正在给当事人打电话').click()
  await d.button('我来接手').click()
  await d.text('不知道就选').waitFor()
  await chip(d, '家人').click()
  await d.button('我来接手').click()
  await d.text('由您接手').first().waitFor()

  await chip(d, /^家长$/).click()
  await d.button('没有联系上').click()
  await d.text('联系家长：没有联系上').waitFor()
  await chip(d, '决定').click()
  await d.button('记下').click()
  await d.text('请选一个决定').waitFor()
  await chip(d, '不转介').click()
  await area(d, '为什么这样决定').fill('学生平静，母亲陪着，明早面谈')
  await d.button('记下').click()
  await d.text('决定：不转介').waitFor()

  await d.button('打开开关').click()
  await d.confirm('打开')
  await say(d, '学生说父亲动手')
  await d.text('先做强制报告').waitFor()
  assert.equal(await d.text('13800000000').count(), 0, 'no guardian is called any more')
  assert.equal((await me('demo-parent')).children.some((c) => c.id === child.id), false, 'nor sees the child')
  await chip(d, '公安机关').click()
  await area(d, '报告给了谁、受理编号或对方姓名').fill('接警编号 20261128-7')
  await d.button('记下').click()
  await d.text('强制报告：公安机关').waitFor()

  await d.button('办结，交第二个人复核').click()
  await say(d, '已报案，学生在姑姑家')
  await d.text('等另一位值班人员复核').waitFor()
  assert.equal(await d.button('同意办结').count(), 0)

  const second = await phone('demo-second')
  await second.open('/work/duty/alerts')
  await second.page.getByRole('tab', { name: '待复核' }).click()
  await second.button('打开').click()
  await second.text('接警编号 20261128-7').waitFor()
  await second.button('同意办结').click()
  await say(second, '给姑姑打了电话，核实')
  await second.text('复核，同意办结').waitFor()
  const [alert] = (await server.call('demo-duty', 'GET', '/alerts?status=closed')).items
  assert.equal(alert.status, 'closed')
  await second.button('重新打开').click()
  await say(second, '姑姑说学生又哭了')
  await second.text('重新打开，等人接手').waitFor()
  await second.button('我来接手').waitFor()
  assert.deepEqual([...d.faults, ...second.faults], [])
  await d.context.close()
  await second.context.close()
})

test('without network the sheet says so, can still be called from, and claims nothing was done', async () => {
  const child = await yes(0)
  const d = await phone('demo-duty')
  await d.open('/work/duty/alerts')
  await card(d, child.name).waitFor()
  await card(d, child.name).locator('uni-button').click()
  await d.text('13800000000').first().waitFor()
  await d.page.waitForTimeout(500)
  await d.context.setOffline(true)
  await d.text('看到的可能不是最新的').waitFor()
  await chip(d, '正赶过去').click()
  await chip(d, '还不知道').click()
  await d.button('我来接手').click()
  await d.text('刚才的没有记上').first().waitFor()
  await d.page.goBack()
  await d.button('打开，接手').first().click()
  await d.text('写过的文字不留在手机里').waitFor()
  await d.text('13800000000').first().waitFor()
  const stored = await d.page.evaluate(() => JSON.stringify({ ...localStorage }))
  assert.ok(stored.includes('alert.'), 'the sheet is kept')
  assert.ok(!stored.includes('接警编号'), 'without what anybody wrote')
  await d.context.setOffline(false)
  const [alert] = (await server.call('demo-duty', 'GET', '/alerts?status=raised')).items
  assert.equal(alert.acknowledgedAt, undefined)
  assert.deepEqual(quiet(d), [])
  await d.context.close()
})

test('practice is marked as practice', async () => {
  const county = (await server.call('demo-county', 'GET', '/units')).items[0]
  await server.call('demo-county', 'POST', '/drills', { unitId: county.id, level: 'urgent' })
  const d = await phone('demo-duty')
  await d.open('/work/duty/alerts')
  await card(d, '演练：没有人处在危险中').locator('uni-button').click()
  await d.text('演练：没有人处在危险中，请照真的做').waitFor()
  await d.button('接手（演练）').waitFor()
  assert.deepEqual(d.faults, [])
  await d.context.close()
})

test('a teacher raises an alert from the pupil\'s page and sees what became of it; a phone that lies open rings', async () => {
  const child = (await me('demo-parent')).children[0]
  const d = await phone('demo-duty')
  await d.page.addInitScript(() => {
    window.rung = 0
    const { start } = OscillatorNode.prototype
    OscillatorNode.prototype.start = function (...at) {
      window.rung++
      return start.apply(this, at)
    }
  })
  await d.open('/work/index')
  await d.page.locator('.tile', { hasText: '预警' }).waitFor()
  await d.page.waitForTimeout(1500)
  assert.equal(await d.page.evaluate(() => window.rung), 0)
  await d.open('/work/duty/alerts')
  await d.page.getByRole('tab', { name: '已办结' }).click()
  await d.text('没有办结的预警').waitFor()
  const t = await phone('demo-teacher')
  await t.open(`/work/teach/pupil?id=${child.id}&name=${encodeURIComponent(child.name)}`)
  await t.button('担心这个学生的安全，发起预警').click()
  await t.button('发起预警').click()
  await t.text('请选一个级别').waitFor()
  await chip(t, '紧急').click()
  await area(t, '看到、听到了什么').fill('作文里写了告别的话')
  await t.button('发起预警').click()
  await t.confirm('发起')
  await t.text('还没有人接手').waitFor()
  await d.text('条预警等人接手').waitFor({ timeout: 25_000 }) // also where another tab is shown
  await d.page.waitForFunction(() => window.rung > 0)
  const alert = (await server.call('demo-duty', 'GET', '/alerts?status=raised')).items.find((a) => a.sourceKind === 'staff')
  assert.equal(alert.level, 'urgent')
  await server.call('demo-duty', 'POST', `/alerts/${alert.id}/acknowledge`, { doing: '正在打电话', withPerson: 'teacher' })
  await t.page.reload()
  await t.text('有值班人员接手了').waitFor()
  await t.context.setOffline(true)
  await t.button('担心这个学生的安全，发起预警').click()
  await chip(t, '立即').click()
  await area(t, '看到、听到了什么').fill('人不见了')
  await t.button('发起预警').click()
  await t.confirm('发起')
  await t.text('还没送出，值班人员还不知道').waitFor()
  await t.context.setOffline(false)
  await t.text('还没送出').waitFor({ state: 'detached', timeout: 40_000 })
  const again = (await server.call('demo-duty', 'GET', '/alerts?status=raised')).items.find((a) => a.id === alert.id)
  assert.equal(again.level, 'immediate')
  assert.deepEqual([...d.faults, ...quiet(t)], [])
  await d.context.close()
  await t.context.close()
})

test('a counsellor\'s week begins with the booking whose asker said yes', async () => {
  const child = await yes(0)
  const c = await phone('demo-counsellor')
  const [booking] = (await server.call('demo-counsellor', 'GET', '/bookings?limit=200')).items.filter((b) => b.selfHarm && b.pupilId === child.id)
  await c.open(`/work/counsel/booking?id=${booking.id}`)
  await c.button('担心这个学生的安全，发起预警').waitFor()
  await c.open('/work/counsel/week')
  await c.text('已经发起预警').first().waitFor()
  assert.deepEqual(c.faults, [])
  await c.context.close()
})
