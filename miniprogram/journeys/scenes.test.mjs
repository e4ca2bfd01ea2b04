// What a code, a card or a link opens, in a real browser against the real server.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { field, setup } from './setup.mjs'

const { server, phone } = setup()

const scene = async (code, kind, targetId) => (await server.call(code, 'POST', '/scenes', { kind, targetId })).scene
const openSession = async () => (await server.call('demo-parent', 'GET', '/lecture-sessions')).items.find((s) => s.status === 'open')
const classOf = async () => (await server.call('demo-teacher', 'GET', '/units')).items.find((u) => u.kind === 'class')
/** Opens what an ordinary code holds: the address of the browser's client with the scene before the fragment. */
const scan = (p, code) => p.goto(`/m/?scene=${encodeURIComponent(code)}`)
const classCode = (p) => field(p, '班级码').inputValue()
/** A refused scene is an HTTP error, which the browser prints. */
const others = (p) => p.faults.filter((f) => !/status of 404/.test(f))

test('a class’s code opens the binding with the class filled in, also for who is not logged in', async () => {
  const code = await scene('demo-teacher', 'class', (await classOf()).id)
  const p = await phone('demo-scan-new')
  await scan(p, code)
  await p.text('班级码（已经填好）').waitFor()
  assert.equal(await classCode(p), 'RDXY0301')
  await field(p, '孩子的姓名').fill('陈安和')

  // A stranger's browser asks first who it is, and then goes on.
  const stranger = await phone('')
  await scan(stranger, code)
  await stranger.button('新用户').click()
  await stranger.text('班级码（已经填好）').waitFor()
  assert.equal(await classCode(stranger), 'RDXY0301')

  // Whoever has a child there is told so; a code of WeChat opens the page itself.
  const parent = await phone('demo-parent')
  await parent.open(`/pages/mine/bind?scene=${code}`)
  await parent.text('已经添加过了').waitFor()
  assert.equal(await classCode(parent), 'RDXY0301')
  for (const x of [p, stranger, parent]) {
    assert.deepEqual(x.faults, [])
    await x.context.close()
  }
})

test('a session’s code opens its check-in and a lesson’s its film; the page that is open gives way', async () => {
  const session = await openSession()
  const lesson = (await server.call('demo-parent', 'GET', '/lessons?side=pupil')).items[0]
  const [ofSession, ofLesson] = [await scene('demo-teacher', 'session', session.id), await scene('demo-teacher', 'lesson', lesson.id)]
  const p = await phone('demo-parent')
  await scan(p, ofSession)
  await p.text('现在签到').waitFor()
  await p.text(session.lectureTitle).waitFor()
  // While the client is open, by a link in the same window.
  await p.open(`/pages/open/index?scene=${ofLesson}`)
  await p.page.locator('uni-page:visible video').waitFor()
  const child = (await server.call('demo-parent', 'GET', '/me')).children[0]
  await p.text(`记到${child.name}名下`).waitFor()
  // The code of another page is not the page's own.
  await p.open(`/pages/mine/bind?scene=${ofSession}`)
  await p.text('现在签到').waitFor()
  // Inside the client the scanner takes what it is meant for, and opens other codes.
  await p.see(`https://xinyu.example.com/m/?scene=${ofLesson}`)
  await p.button('扫老师出示的码').click()
  await p.page.locator('uni-page:visible video').waitFor()
  assert.deepEqual(p.faults, [])

  // Somebody without a child is told what is missing.
  const newcomer = await phone('demo-scan-nobody')
  for (const code of [ofSession, ofLesson]) {
    await scan(newcomer, code)
    await newcomer.text('添加孩子').first().waitFor()
  }
  assert.deepEqual(newcomer.faults.filter((f) => !/status of (403|404)/.test(f)), [])
  for (const x of [p, newcomer]) await x.context.close()
})

test('a card in a chat opens the lesson for its reader’s child', async () => {
  const lesson = (await server.call('demo-parent', 'GET', '/lessons?side=pupil')).items[0]
  const { page } = await server.call('demo-teacher', 'POST', `/lessons/${lesson.id}/shares`)
  const p = await phone('demo-parent')
  await p.open(page)
  await p.page.locator('uni-page:visible video').waitFor()
  const q = await phone('demo-scan-nobody')
  await q.open(page)
  await q.text('添加孩子后就能看').waitFor()
  assert.deepEqual([...p.faults, ...q.faults.filter((f) => !/status of (403|404)/.test(f))], [])
  for (const x of [p, q]) await x.context.close()
})

test('a code that is unknown or was replaced says so, and what to do', async () => {
  const { id } = await classOf()
  const code = await scene('demo-teacher', 'class', id)
  await server.call('demo-school', 'POST', `/units/${id}/new-code`)
  const p = await phone('demo-parent')
  for (const wrong of [code, 'NOTHING', 'x'.repeat(60), '../../etc', '%']) {
    await scan(p, wrong)
    await p.text('这个码打不开').waitFor()
    await p.text('请向给您码的人要一个新的').waitFor()
  }
  await p.page.goto('about:blank')
  await p.open(`/pages/mine/bind?scene=${code}`)
  await p.text('这个码打不开').waitFor()
  await p.text('去首页').click()
  await p.text('要参加的宣讲').waitFor()
  assert.deepEqual(others(p), [])
  await p.context.close()
})
