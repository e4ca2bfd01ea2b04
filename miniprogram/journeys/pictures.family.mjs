// The families' pages that pictures are taken of.
import { claimsWait, secondCounsellor } from './people.mjs'

const parent = 'demo-parent'
const first = async (server, path, code = parent) => (await server.call(code, 'GET', path)).items[0]
const lesson = async (server) => (await first(server, '/lessons?side=pupil')).id
const child = async (server) => (await server.call(parent, 'GET', '/me')).children[0].id
const session = async (server) => (await server.call(parent, 'GET', '/lecture-sessions')).items.find((s) => s.status === 'open').id
const forParents = async (server) => (await server.call(parent, 'GET', '/lecture-sessions')).items.find((s) => s.sides.includes('guardian')).id

export const familyPages = [
  { name: 'home', who: parent, path: '/pages/home/index' },
  { name: 'home-new', who: 'demo-stranger', path: '/pages/home/index', states: ['normal', 'large'] },
  { name: 'home-pupil', who: 'demo-pupil', path: '/pages/home/index', states: ['normal', 'large'] },
  { name: 'lessons', who: parent, path: '/pages/lessons/index' },
  { name: 'play', who: parent, path: async (s) => `/pages/lessons/play?id=${await lesson(s)}&pupilId=${await child(s)}` },
  {
    name: 'play-done',
    who: parent,
    async path(s) {
      const shortest = (await s.call(parent, 'GET', '/lessons?side=pupil')).items.sort((a, b) => a.durationSeconds - b.durationSeconds)[0]
      return `/pages/lessons/play?id=${shortest.id}&pupilId=${await child(s)}`
    },
    states: ['normal'],
    async then(p) {
      await p.page.locator('video').evaluate((v) => v.play())
      await p.text('看完啦，真棒！').waitFor({ timeout: 60_000 })
    },
  },
  { name: 'lectures', who: parent, path: '/pages/lectures/index' },
  { name: 'session', who: parent, path: async (s) => `/pages/lectures/session?id=${await session(s)}` },
  { name: 'lectures-missed', who: parent, path: '/pages/lectures/index', states: ['normal', 'large'], then: (p) => p.text('还没参加').first().click() },
  {
    name: 'posts',
    who: parent,
    async path(s) {
      const id = await forParents(s)
      await s.call(parent, 'POST', `/lecture-sessions/${id}/posts`, { text: '听完回家，和孩子说了半个小时的话。他说同学给他起外号，我才知道。' })
      return `/pages/lectures/posts?id=${id}`
    },
  },
  { name: 'play-shared', who: 'demo-stranger', path: async (s) => (await s.call(parent, 'POST', `/lessons/${await lesson(s)}/shares`)).page, states: ['normal', 'long', 'large', 'error', 'offline'] },
  { name: 'counsel', who: parent, path: '/pages/counsel/index' },
  {
    name: 'book',
    who: parent,
    path: '/pages/counsel/index',
    states: ['normal', 'large', 'long', 'offline'],
    then: (p) => p.page.locator('.time').first().click(),
  },
  {
    name: 'bookings',
    who: parent,
    async path(s) {
      if ((await s.call(parent, 'GET', '/bookings?status=booked')).items.length === 0) {
        const { items } = await s.call(parent, 'GET', '/slots?limit=2')
        const pupilId = await child(s)
        await s.call(parent, 'POST', '/bookings', { slotId: items[0].id, pupilId, concern: '最近睡不好', safety: { selfHarm: false } })
        await s.call(parent, 'POST', '/wait-list', { roomId: items[0].roomId, to: new Date(Date.now() + 10 * 86400000).toISOString(), pupilId })
      }
      return '/pages/counsel/bookings'
    },
  },
  {
    name: 'feedback',
    who: parent,
    path: '/pages/counsel/index',
    states: ['normal', 'large'],
    async then(p) {
      // No booking can take place for a picture: the server's response is changed so that one did.
      await p.page.route('**/api/v1/bookings?*', async (route) => {
        const response = await route.fetch()
        const { items } = await response.json()
        await route.fulfill({ response, json: { items: items.map((b) => ({ ...b, status: 'completed', feedbackGiven: false })) } })
      })
      await p.page.evaluate(() => (location.hash = '#/pages/counsel/bookings'))
      await p.button('说说这次谈得怎么样').click()
    },
  },
  {
    name: 'book-yes',
    who: parent,
    path: '/pages/counsel/index',
    states: ['normal', 'large'],
    async then(p) {
      await p.page.locator('.time').first().click()
      await p.button('知道了').click()
      await p.page.locator('.chip', { hasText: /^有$/ }).click()
    },
  },
  { name: 'bookings-move', who: parent, path: '/pages/counsel/bookings', states: ['normal', 'large'], then: (p) => p.button('改时间').click() },
  { name: 'mine-invite', who: 'demo-teacher', path: '/pages/mine/invite', states: ['normal', 'large', 'error'], then: (p) => p.page.getByText('生成邀请码', { exact: true }).click() },
  { name: 'mine', who: parent, path: '/pages/mine/index' },
  { name: 'mine-pupil', who: 'demo-pupil', path: '/pages/mine/index', states: ['normal'] },
  { name: 'bind', who: parent, path: '/pages/mine/bind', states: ['normal', 'large'] },
  {
    name: 'bind-waits',
    who: 'demo-waits',
    path: '/pages/mine/bind',
    states: ['normal', 'large'],
    async then(p, s) {
      for (const [label, value] of Object.entries({ 班级码: 'RDXY0301', 孩子的姓名: '杨若溪', 学籍号: 'RD20260064' })) await p.page.locator(`uni-page:visible uni-input[aria-label="${label}"] input`).fill(value)
      await claimsWait(s, async () => {
        await p.button('添加').click()
        await p.text('还要班主任点一下确认').waitFor()
      })
    },
  },
  { name: 'mine-waits', who: 'demo-waits', path: '/pages/mine/index', states: ['normal', 'large'] },
  { name: 'bind-pupil', who: 'demo-stranger', path: '/pages/mine/bind?as=pupil', states: ['normal'] },
  {
    name: 'phone',
    who: parent,
    async path(s) {
      await s.call(parent, 'POST', '/me/phone', { code: 'demo-phone-13800000000' })
      return '/pages/mine/phone'
    },
    states: ['normal', 'large', 'error'],
  },
  { name: 'phone-none', who: 'demo-stranger', path: '/pages/mine/phone', states: ['normal'] },
  { name: 'messages', who: parent, path: '/pages/mine/messages' },
  { name: 'privacy', who: parent, path: '/pages/mine/privacy', states: ['normal', 'large'] },
  { name: 'about', who: parent, path: '/pages/mine/about', states: ['normal', 'large'] },
  { name: 'consents', who: parent, path: '/pages/mine/consents' },
  { name: 'logins', who: parent, path: '/pages/mine/logins' },
  { name: 'help', who: parent, path: '/pages/help/index', states: ['normal', 'large', 'offline'], from: '/pages/mine/index' },
  {
    name: 'counsel-two',
    who: parent,
    async path(s) {
      if ((await s.call('demo-second-at-school', 'GET', '/me')).account.roles.length === 0) await secondCounsellor(s, 'demo-second-at-school')
      return '/pages/counsel/index'
    },
    states: ['normal', 'long', 'large'],
    then: (p) => p.page.locator('.counsellor').last().click(),
  },
  { name: 'demo', who: '', path: '/pages/demo/index', states: ['normal', 'large'] },
]
