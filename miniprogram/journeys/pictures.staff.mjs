// The staff's pages that pictures are taken of.
import { claimsWait, manyRoles, learningFamily } from './people.mjs'

const hosted = async (server) => (await server.call('demo-teacher', 'GET', '/lecture-sessions')).items.find((s) => s.status === 'open').id
const ownClass = async (server) => (await server.call('demo-teacher', 'GET', '/units')).items[0].id
const pupil = async (server) => (await server.call('demo-parent', 'GET', '/me')).children[0].id
const lesson = async (server) => (await server.call('demo-teacher', 'GET', '/lessons')).items[0].id
const county = async (server) => (await server.call('demo-county', 'GET', '/me')).account.roles[0].unitId
const lecture = async (server) => (await server.call('demo-county', 'GET', '/lectures')).items.find((l) => l.sides.includes('pupil')).id
const ofLecture = async (s) => `itemKind=lecture&itemId=${await lecture(s)}&side=pupil&unitId=${await county(s)}&title=${encodeURIComponent('学会交往 和谐相处')}&name=${encodeURIComponent('如东县')}`
const booking = async (s) => (await s.call('demo-counsellor', 'GET', '/bookings')).items[0].id
const raiseAlerts = async (s) => {
  const { items } = await s.call('demo-duty', 'GET', '/alerts')
  if (items.length) return
  const child = await pupil(s)
  const slots = (await s.call('demo-parent', 'GET', '/slots?limit=3')).items
  for (const slot of slots.slice(0, 2)) await s.call('demo-parent', 'POST', '/bookings', { slotId: slot.id, pupilId: child, concern: '最近总是睡不好，不想去学校。', safety: { selfHarm: true } })
}
const many = async (s) => {
  if ((await s.call('demo-many-roles', 'GET', '/me')).account.roles.length === 0) await manyRoles(s, 'demo-many-roles')
}
/** Puts families on the teacher's call list who get no message; one has left a number. */
const calls = async (s) => {
  if ((await s.call('demo-teacher', 'GET', '/call-list')).items.length) return
  await learningFamily(s, 'demo-silent-1', '朱明轩', 'RD20260071')
  await learningFamily(s, 'demo-silent-2', '陈安和', 'RD20260063')
  await s.call('demo-silent-1', 'POST', '/me/phone', { code: 'demo-phone-13800000000' })
  await s.call('demo-teacher', 'POST', `/lecture-sessions/${await hosted(s)}/remind`)
  while ((await s.call('demo-teacher', 'GET', '/call-list')).items.length < 2) await new Promise((resolve) => setTimeout(resolve, 300))
}

/** A school of which one teacher is locked. */
const lockedStaff = async (s) => {
  const { unitId } = (await s.call('demo-school', 'GET', '/me')).account.roles[0]
  const there = (await s.call('demo-school', 'GET', `/units/${unitId}/grants`)).items
  for (const [who, name] of there.some((g) => g.locked) ? [] : [['demo-locked-teacher', '陆老师'], ['demo-second-teacher', '季老师']]) {
    const { code } = await s.call(who, 'POST', '/me/invite-code')
    await s.call('demo-school', 'POST', `/units/${unitId}/grants`, { inviteCode: code, role: 'teacher', name })
  }
  const locked = (await s.call('demo-school', 'GET', `/units/${unitId}/grants`)).items.find((g) => g.name === '陆老师')
  if (!locked.locked) await s.call('demo-school', 'POST', `/accounts/${locked.accountId}/lock`, { reason: '手机丢了，先停用，换好卡再恢复' })
  return `/work/teach/staff?id=${unitId}`
}

export const staffPages = [
  { name: 'work-teacher', who: 'demo-teacher', path: '/work/index' },
  { name: 'work-counsellor', who: 'demo-counsellor', path: '/work/index', states: ['normal', 'long', 'empty'] },
  { name: 'work-none', who: 'demo-parent', path: '/work/index', states: ['normal'] },
  { name: 'work-sessions', who: 'demo-teacher', path: '/work/teach/sessions' },
  { name: 'work-plan', who: 'demo-teacher', path: '/work/teach/plan' },
  { name: 'work-plan-school', who: 'demo-school', path: '/work/teach/plan', states: ['normal', 'large'] },
  { name: 'work-plan-edit', who: 'demo-teacher', path: async (s) => `/work/teach/plan?id=${await hosted(s)}`, states: ['normal', 'long', 'large', 'error', 'offline'] },
  { name: 'work-host', who: 'demo-teacher', path: async (s) => `/work/teach/host?id=${await hosted(s)}` },
  { name: 'work-code', who: 'demo-teacher', path: async (s) => `/work/teach/code?id=${await hosted(s)}`, states: ['normal', 'large', 'error', 'offline'], whole: false },
  { name: 'work-code-tablet', who: 'demo-teacher', path: async (s) => `/work/teach/code?id=${await hosted(s)}`, states: ['normal'], size: { width: 820, height: 1180 }, whole: false },
  { name: 'work-code-across', who: 'demo-teacher', path: async (s) => `/work/teach/code?id=${await hosted(s)}`, states: ['normal', 'error'], size: { width: 1180, height: 820 }, whole: false },
  {
    name: 'work-rollcall',
    who: 'demo-teacher',
    path: async (s) => `/work/teach/rollcall?id=${await hosted(s)}`,
    whole: false,
    then: async (p) => {
      for (const i of [0, 2]) await p.page.locator('.big').nth(i).click()
    },
  },
  { name: 'work-late', who: 'demo-teacher', path: async (s) => `/work/teach/late?id=${await hosted(s)}`, states: ['normal', 'error'] },
  { name: 'work-missing', who: 'demo-teacher', path: async (s) => `/work/cover/missing?sessionId=${await hosted(s)}` },
  { name: 'work-staff', who: 'demo-school', path: '/work/teach/staff', states: ['normal', 'long', 'large', 'error', 'offline'] },
  {
    name: 'work-staff-lock',
    who: 'demo-county',
    path: lockedStaff,
    states: ['normal', 'large'],
    then: async (p) => {
      await p.page.getByText('停用账号').last().click()
      await p.page.getByText('授予身份').last().click()
    },
  },
  { name: 'work-classes', who: 'demo-school', path: '/work/teach/classes' },
  { name: 'work-class', who: 'demo-teacher', path: async (s) => `/work/teach/class?id=${await ownClass(s)}` },
  {
    name: 'work-class-claims',
    who: 'demo-teacher',
    async path(s) {
      await claimsWait(s, async () => {
        for (const [code, name, studentNo] of [['demo-waits-2', '赵景行', 'RD20260065'], ['demo-waits-3', '黄思齐', 'RD20260066']])
          await s.call(code, 'POST', '/me/children', { classCode: 'RDXY0301', name, studentNo, relation: 'father' })
      })
      return `/work/teach/class?id=${await ownClass(s)}`
    },
    states: ['normal', 'long', 'large'],
  },
  { name: 'work-calendar', who: 'demo-county', path: '/work/teach/calendar', states: ['normal', 'large', 'error'] },
  { name: 'work-calendar-published', who: 'demo-county', path: '/work/teach/calendar', states: ['normal'], then: (p) => p.button('填入国务院公布的安排').click() },
  { name: 'work-claim-rule', who: 'demo-school', path: async (s) => `/work/teach/classes?id=${(await s.call('demo-school', 'GET', '/units')).items[0].id}`, states: ['normal', 'long', 'large'] },
  { name: 'work-unit', who: 'demo-school', path: async (s) => `/work/teach/unit?id=${(await s.call('demo-school', 'GET', '/units')).items[0].id}`, states: ['normal', 'long', 'large', 'error'] },
  { name: 'work-pupil', who: 'demo-teacher', path: async (s) => `/work/teach/pupil?id=${await pupil(s)}&name=${encodeURIComponent('欧阳阿依古丽')}` },
  { name: 'work-poster', who: 'demo-teacher', path: async (s) => `/work/teach/poster?kind=class&id=${await ownClass(s)}`, states: ['normal', 'large', 'error', 'offline'] },
  { name: 'work-lessons', who: 'demo-teacher', path: '/work/teach/lessons' },
  { name: 'work-forward', who: 'demo-teacher', path: async (s) => `/work/teach/forward?id=${await lesson(s)}&title=${encodeURIComponent('和同学好好说话')}` },
  { name: 'work-cover', who: 'demo-county', path: '/work/cover/index' },
  { name: 'work-cover-item', who: 'demo-county', path: async (s) => `/work/cover/item?${await ofLecture(s)}` },
  { name: 'work-cover-table', who: 'demo-county', path: async (s) => `/work/cover/item?${await ofLecture(s)}`, states: ['normal', 'long', 'large'], then: (p) => p.text('看表格').click() },
  { name: 'work-cover-missing', who: 'demo-county', path: async (s) => `/work/cover/missing?${await ofLecture(s)}` },
  { name: 'work-week', who: 'demo-counsellor', path: '/work/counsel/week' },
  { name: 'work-booking', who: 'demo-counsellor', path: async (s) => `/work/counsel/booking?id=${await booking(s)}` },
  { name: 'work-availability', who: 'demo-counsellor', path: '/work/counsel/availability', then: (p) => p.button('加一段开放时间').click() },
  {
    name: 'work-walkin',
    who: 'demo-counsellor',
    path: '/work/counsel/walkin',
    then: async (p) => {
      await p.page.locator('uni-input[aria-label="学生姓名"] input').fill('陈安')
      await p.button('查找').click()
    },
  },
  { name: 'work-profile', who: 'demo-counsellor', path: '/work/counsel/profile' },
  {
    name: 'work-alerts',
    who: 'demo-duty',
    path: async (s) => {
      await raiseAlerts(s)
      return '/work/duty/alerts'
    },
  },
  {
    name: 'work-alert',
    who: 'demo-duty',
    path: async (s) => {
      await raiseAlerts(s)
      return `/work/duty/alert?id=${(await s.call('demo-duty', 'GET', '/alerts')).items[0].id}`
    },
  },
  { name: 'work-rota', who: 'demo-county', path: '/work/duty/rota' },
  { name: 'work-alert-times', who: 'demo-county', path: async (s) => `/work/duty/times?id=${await county(s)}` },
  {
    name: 'work-calls',
    who: 'demo-teacher',
    path: async (s) => {
      await calls(s)
      return '/work/duty/calls'
    },
  },
  {
    name: 'work-many',
    who: 'demo-many-roles',
    path: async (s) => {
      await many(s)
      await raiseAlerts(s)
      return '/work/index'
    },
  },
  { name: 'work-duty', who: 'demo-duty', path: '/work/index', states: ['normal', 'empty'] },
  { name: 'work-refused', who: 'demo-parent', path: '/work/duty/alerts', states: ['normal'] },
]
