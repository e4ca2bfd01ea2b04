// What teachers do with the client, in a real browser against the real server.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { learningFamily } from './people.mjs'
import { card, field, quiet, setup, until } from './setup.mjs'

const TABLET = { width: 820, height: 1180 }

// A code that will be old by the time a phone without network sends it.
let early
const { server, phone } = setup(async () => {
  early = { at: Date.now(), token: (await server.call('demo-teacher', 'GET', `/lecture-sessions/${(await openSession()).id}/code`)).token }
})

const me = (code) => server.call(code, 'GET', '/me')
const sessions = async () => (await server.call('demo-teacher', 'GET', '/lecture-sessions')).items
const openSession = async () => (await sessions()).find((s) => s.status === 'open' && !s.makeUpOf)
const counts = async (id) => (await server.call('demo-teacher', 'GET', `/lecture-sessions/${id}/roster?limit=1`)).counts

test('a teacher shows the code on a tablet, a parent checks in, and the count rises; without network no code is left', async () => {
  const session = await openSession()
  const [first] = (await me('demo-parent')).children
  const t = await phone('demo-teacher', TABLET)
  await t.open('/work/index')
  await card(t, '正在进行').first().click()
  await t.page.locator('navigator, uni-navigator', { hasText: '出示签到码' }).click()
  await t.page.locator('.digits').waitFor()
  await t.page.waitForFunction(() => [...document.querySelectorAll('.picture img')].some((i) => i.naturalWidth > 100))
  const before = (await counts(session.id)).checkedIn
  await t.page.locator('.count', { hasText: `已到 ${before} / ` }).waitFor()
  const size = await t.page.locator('.picture').boundingBox()
  assert.ok(size.width > 600, `the code is ${size.width} px wide`)

  const p = await phone('demo-parent')
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

test('a teacher calls the roll: finds, undoes a mistake, and without network keeps it until later', async () => {
  const session = await openSession()
  const before = await counts(session.id)
  const t = await phone('demo-teacher')
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
  const t = await phone('demo-teacher')
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
  const t = await phone('demo-teacher')
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
  const t = await phone('demo-teacher')
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
  const t = await phone('demo-teacher')
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

test('a school has claims wait; the teacher confirms and refuses them, and lets a family try again', async () => {
  const school = (await server.call('demo-school', 'GET', '/units')).items[0]
  const m = await phone('demo-school')
  await m.open(`/work/teach/classes?id=${school.id}`)
  await m.page.locator('.chip', { hasText: '要老师确认' }).click()
  await m.text('家长填对三项后，要老师确认才能绑定。').waitFor()
  assert.deepEqual(m.faults, [])
  await m.context.close()

  const p = await phone('demo-claimer')
  await p.open('/pages/mine/bind')
  await field(p, '班级码').fill('RDXY0301')
  await field(p, '孩子的姓名').fill('杨若溪')
  await field(p, '学籍号').fill('RD20260064')
  await p.button('添加').click()
  await p.text('还要班主任点一下确认').waitFor()
  await p.button('知道了').click()
  await p.text('绑定孩子，我是妈妈').waitFor()
  await p.text('等老师确认').first().waitFor()
  const before = await me('demo-claimer')
  assert.deepEqual([before.children, before.account.roles, before.claims.length], [[], [], 1])
  for (const [code, name, studentNo] of [['demo-claimer-2', '赵景行', 'RD20260065'], ['demo-claimer-3', '黄思齐', 'RD20260066']])
    await server.call(code, 'POST', '/me/children', { classCode: 'RDXY0301', name, studentNo, relation: 'other' })
  // Somebody mistypes six times, and the family is locked out for the day.
  for (const code of ['demo-claimer-2', 'demo-claimer-3'])
    for (let i = 0; i < 3; i++) await assert.rejects(server.call(code, 'POST', '/me/children', { classCode: 'RDXY0301', name: '周沐阳', studentNo: 'RD00', relation: 'other' }), /422/)
  await assert.rejects(server.call('demo-claimer', 'POST', '/me/children', { classCode: 'RDXY0301', name: '周沐阳', studentNo: 'RD20260067', relation: 'mother' }), /429/)

  const t = await phone('demo-teacher')
  await t.open('/work/index')
  await t.text('3 个绑定申请等您确认').click()
  await t.text('等您确认的绑定（3）').waitFor()
  await card(t, '赵景行').locator('uni-button', { hasText: '不是' }).click()
  await t.confirm('拒绝')
  await t.text('等您确认的绑定（2）').waitFor()
  await t.button('全部确认（2）').click()
  await t.confirm('全部确认')
  await t.text('等您确认的绑定').waitFor({ state: 'detached' })
  await t.button('让家长今天再试').click()
  await t.confirm('再试')
  await t.text('周沐阳').nth(1).waitFor({ state: 'detached' }) // the note is gone, the roster's line stays
  assert.deepEqual(t.faults, [])
  await t.context.close()

  assert.deepEqual((await me('demo-claimer')).children.map((c) => c.name), ['杨若溪'])
  assert.deepEqual((await me('demo-claimer-3')).children.map((c) => c.name), ['黄思齐'])
  const refused = await me('demo-claimer-2')
  assert.deepEqual([refused.children, refused.claims[0].status], [[], 'refused'])
  assert.equal((await server.call('demo-claimer', 'POST', '/me/children', { classCode: 'RDXY0301', name: '周沐阳', studentNo: 'RD20260067', relation: 'mother' })).status, 'waiting')
  await p.page.reload()
  await p.text('杨若溪').first().waitFor()
  assert.deepEqual(p.faults, [])
  await p.context.close()
  await server.call('demo-school', 'PUT', `/units/${school.id}/claim-rule`, { rule: 'auto' })
})

test('a teacher reminds the families of those missing, and calls the one who gets no message', async () => {
  const session = await openSession()
  const { id, name } = await learningFamily(server, 'demo-silent-family', '朱明轩', 'RD20260071')
  const toCall = async () => (await server.call('demo-teacher', 'GET', '/call-list?limit=200')).items.find((c) => c.pupilId === id)
  assert.equal(await toCall(), undefined)
  const t = await phone('demo-teacher')
  await t.open(`/work/cover/missing?sessionId=${session.id}`)
  await t.button('提醒他们的家长').click()
  await t.confirm('提醒')
  await t.text(/提醒了 \d+ 家/).waitFor()
  await until(toCall) // the delivery finds out that they gave no permission
  await t.open('/work/duty/calls')
  const line = card(t, `${name}的祖辈`)
  await line.locator('uni-button', { hasText: '记结果' }).click()
  await t.page.locator('.uni-actionsheet__cell', { hasText: '打通了，已告知' }).click()
  await line.waitFor({ state: 'detached' })
  assert.equal(await toCall(), undefined)
  await t.text('打过的').click()
  await line.getByText('打通了，已告知').waitFor()
  assert.deepEqual(t.faults, [])
  await t.context.close()
})
