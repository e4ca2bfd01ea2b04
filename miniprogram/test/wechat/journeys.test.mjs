// What families do, in the built client, rendered by WeChat's component engine on the real server.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startServer } from '../../journeys/browser.mjs'
import { copyBuild } from './build.mjs'
import { attr, Phone, until } from './phone.mjs'

const dir = copyBuild()
let server
before(async () => (server = await startServer()))
after(() => server.stop())

const phone = (code) => new Phone(server.origin, code, dir)
const call = (...what) => server.call(...what)
const openSession = async () => (await call('demo-parent', 'GET', '/lecture-sessions')).items.find((s) => s.status === 'open')
const scene = async (kind, targetId) => (await call('demo-teacher', 'POST', '/scenes', { kind, targetId })).scene
const ownClass = async () => (await call('demo-teacher', 'GET', '/units')).items.find((u) => u.kind === 'class')
/** The app closes; nothing went wrong on it. */
function closed(p) {
  p.close()
  assert.deepEqual(p.faults, [])
}

test('a parent is logged in by opening the app, watches with the child, and the server counts it', async () => {
  const p = await phone('demo-parent').launch()
  await p.shows('要参加的宣讲')
  const child = (await call('demo-parent', 'GET', '/me')).children[0]
  const lesson = (await call('demo-parent', 'GET', '/lessons?side=pupil')).items.find((l) => l.durationSeconds === 20)
  const progress = async () => (await call('demo-parent', 'GET', `/lessons/${lesson.id}?pupilId=${child.id}`)).progress
  await p.tap(lesson.title)
  await p.shows('已看 0%')
  const video = p.element('video')
  assert.ok(attr(video, 'src'))
  p.fire(video, 'play', {})
  for (let second = 0; second <= 4; second++) {
    p.fire(video, 'timeupdate', { currentTime: second, duration: 20 })
    await new Promise((resolve) => setTimeout(resolve, 1000))
  }
  p.fire(video, 'pause', {})
  await until(async () => (await progress()).watchedSeconds >= 3, 'the watched seconds')
  await p.shows(`已看 ${(await progress()).percent}%`)
  closed(p)
})

test('a parent scans the teacher’s code; the scanner also opens codes of other kinds', async () => {
  const session = await openSession()
  const p = await phone('demo-parent').launch('pages/lectures/session', { id: session.id })
  await p.shows('现在签到')
  p.camera = false
  await p.tap('扫老师出示的码')
  await until(() => p.toasts.some((t) => t.startsWith('没能打开摄像头')), 'what to do without a camera')
  p.camera = true
  p.sees = { result: (await call('demo-teacher', 'GET', `/lecture-sessions/${session.id}/code`)).token }
  await p.tap('扫老师出示的码')
  await p.shows('签到成功')
  assert.ok((await openSession()).checkedIn.every((c) => c.status === 'checkedIn'))
  closed(p)

  const q = await phone('demo-scanner').launch('pages/lectures/session', { scene: encodeURIComponent(await scene('session', session.id)) })
  await q.shows('添加孩子')
  closed(q)
})

test('a booking waits for the question about the privacy guide; who refuses is told', async () => {
  const p = phone('demo-parent')
  p.asksPrivacy = true
  p.answers.messages = 'acceptWithAudio' // is a yes
  const permitted = async () => (await call('demo-parent', 'GET', '/me/messages')).items.filter((m) => m.asks === 'booking').map((m) => m.credits)
  const before = await permitted()
  await p.launch('pages/counsel/index')
  await until(() => p.withAttr('role', 'button').some((n) => /\d:\d\d/.test(n.$$.textContent)), 'free times')
  const time = p.withAttr('role', 'button').find((n) => /\d:\d\d/.test(n.$$.textContent)).$$.textContent.trim()
  await p.tap(time)
  await p.shows('确定预约')
  // Nobody has answered for the person.
  const answers = () => ['没有', '有'].map((words) => p.nodes(words)[0]).map((n) => [[attr(n, 'class')].flat().includes('on'), attr(n, 'aria-checked')])
  assert.deepEqual(answers().map(([on, checked]) => on || checked === true || checked === 'true'), [false, false])
  await p.tap('确定预约')
  await p.shows('请先回答上面的安全问题')
  await p.tap('没有')
  assert.deepEqual(answers().map(([on]) => on), [true, false])
  await p.tap('确定预约')
  await p.shows('先说说您的信息')
  await p.tap('先不同意')
  await p.shows('同意隐私保护指引后才能继续')
  const booked = async () => (await call('demo-parent', 'GET', '/bookings?status=booked')).items.length
  assert.equal(await booked(), 0)
  await p.tap('确定预约')
  await p.tap('同意并继续')
  await until(() => p.top.path === 'pages/counsel/bookings', 'the bookings')
  assert.equal(await booked(), 1)
  assert.ok((await permitted()).some((n, i) => n > before[i]), 'a message may come')
  closed(p)
})

test('a clipboard that is refused is said to be', async () => {
  const p = phone('demo-teacher')
  p.asksPrivacy = true
  await p.launch('work/teach/poster', { kind: 'class', id: (await ownClass()).id })
  await p.tap('复制短信里用的链接')
  await p.tap('先不同意')
  await until(() => p.modals.some((m) => m.title === '没有复制' && /https?:/.test(m.content)), 'the words')
  await p.tap('复制短信里用的链接')
  await p.tap('同意并继续')
  await until(() => /^https?:/.test(p.clipboard), 'the link')
  closed(p)
})

test('a parent reports a post; the host sees why, and decides', async () => {
  const session = (await call('demo-parent', 'GET', '/lecture-sessions')).items.find((s) => s.sides.includes('guardian'))
  const words = '孩子五年级了'
  const p = await phone('demo-parent').launch('pages/lectures/posts', { id: session.id })
  await p.shows(words)
  p.answers.sheet = 1
  const post = (await call('demo-parent', 'GET', `/lecture-sessions/${session.id}/posts`)).items.find((x) => x.text.startsWith(words))
  await p.tap('举报')
  await p.shows('已举报')
  closed(p)
  const teacher = await phone('demo-teacher').launch('work/teach/host', { id: session.id })
  await teacher.shows('条等您看')
  await teacher.tap('家长讨论')
  await teacher.shows('被举报 1 次：骂人、攻击别人')
  await teacher.tap('没有问题')
  await until(() => !teacher.text().includes('被举报'), 'the decision')
  assert.ok((await call('demo-parent', 'GET', `/lecture-sessions/${session.id}/posts`)).items.some((x) => x.id === post.id))
  closed(teacher)
})

test('a shared card opens the lesson, and invites who has no child yet', async () => {
  const lesson = (await call('demo-parent', 'GET', '/lessons?side=pupil')).items[0]
  const p = await phone('demo-parent').launch('pages/lessons/play', { id: lesson.id })
  await p.shows('转给家人一起看')
  await p.tap('转给家人一起看')
  assert.match(p.card.path, /^\/pages\/lessons\/play\?id=\d+&share=.{20}$/)
  assert.equal(p.card.title, lesson.title)
  closed(p)
  const query = Object.fromEntries(p.card.path.split('?')[1].split('&').map((pair) => pair.split('=')))
  const q = await phone('demo-passer-by').launch('pages/lessons/play', query, 1007)
  await q.shows('一位家长把这节微课分享给您')
  await q.tap('添加孩子')
  await until(() => q.top.path === 'pages/mine/bind', 'the binding')
  closed(q)
})

test('help is there without login, and dials', async () => {
  const p = phone('')
  await p.launch('pages/help/index')
  await p.shows('12356')
  await p.tap('12356')
  await until(() => p.called.includes('12356'), 'the call')
  assert.equal(p.storage.get('xinyu.token') ?? '', '')
  p.online = false
  await p.go('reLaunch', '/pages/help/index')
  await p.shows('12356')
  closed(p)
})

test('a code opens what it stands for: cold and hot, by code, ordinary code and link', async () => {
  const [ofClass, session] = [await scene('class', (await ownClass()).id), await openSession()]
  const ofSession = await scene('session', session.id)
  const lesson = (await call('demo-parent', 'GET', '/lessons?side=pupil')).items[0]
  const ofLesson = await scene('lesson', lesson.id)
  const q = (code) => encodeURIComponent(`https://xinyu.example.com/m/?scene=${code}`)

  // Cold, by WeChat's code, for somebody new.
  const p = await phone('demo-arrives').launch('pages/mine/bind', { scene: encodeURIComponent(ofClass) }, 1047)
  await p.shows('班级码（已经填好）')
  assert.equal(p.value('班级码'), 'RDXY0301')
  // Coming back from the background names the code again; what was typed stays.
  await p.type('孩子的姓名', '陈安和')
  p.hide()
  await p.enter('pages/mine/bind', { scene: encodeURIComponent(ofClass) }, 1047, { reopens: false })
  await new Promise((resolve) => setTimeout(resolve, 1300))
  assert.equal(p.value('孩子的姓名'), '陈安和')
  await p.type('学籍号', 'RD20260063')
  await p.tap('添加', 'button')
  await p.shows('同意')
  closed(p)

  // Hot: WeChat opens the page of the code, or leaves it to the app.
  const parent = await phone('demo-parent').launch()
  await parent.shows('要参加的宣讲')
  await parent.enter('pages/lectures/session', { scene: encodeURIComponent(ofSession) })
  await parent.shows(session.lectureTitle)
  await parent.enter('pages/home/index', { scene: encodeURIComponent(ofLesson) }, 1047, { reopens: false })
  await until(() => parent.top?.path === 'pages/lessons/play', 'the lesson')
  await parent.shows(lesson.title)
  // An ordinary code, whose page is the operator's choice: the one for it, or the first.
  await parent.enter('pages/open/index', { q: q(ofClass), scancode_time: '1' }, 1011)
  await parent.shows('已经添加过了')
  assert.equal(parent.value('班级码'), 'RDXY0301')
  await parent.enter('pages/home/index', { q: q(ofSession), scancode_time: '1' }, 1011)
  await until(() => parent.top?.path === 'pages/lectures/session', 'the session')
  // A link of WeChat's names the page and the scene.
  await parent.enter('pages/lessons/play', { scene: ofLesson }, 1194)
  await parent.shows(lesson.title)
  for (const query of [{ scene: 'NOTHING' }, { scene: '%E7' }, { q: encodeURIComponent('https://example.com/') }]) {
    await parent.enter('pages/open/index', query, 1047)
    await parent.shows('这个码打不开')
  }
  await parent.tap('去首页')
  await until(() => parent.top?.path === 'pages/home/index', 'the first page')
  closed(parent)
})
