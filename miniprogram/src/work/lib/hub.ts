/** A section of the staff's home page. */
export type Section = 'alerts' | 'sessions' | 'bookings'

/** The sections and their roles, the most urgent first: alerts, then sessions that begin, then tomorrow's bookings. */
const SECTIONS: { name: Section; roles: string[] }[] = [
  { name: 'alerts', roles: ['duty'] },
  { name: 'sessions', roles: ['teacher', 'manager'] },
  { name: 'bookings', roles: ['counsellor'] },
]

const TOOLS = [
  { roles: ['duty', 'manager'], url: '/work/duty/alerts', name: '预警', hint: '马上要有人接手' },
  { roles: ['teacher', 'manager'], url: '/work/teach/sessions', name: '宣讲场次', hint: '安排、签到、点名' },
  { roles: ['teacher', 'manager'], url: '/work/cover/index', name: '覆盖率', hint: '还差谁，谁没看' },
  { roles: ['teacher', 'manager'], url: '/work/teach/classes', name: '班级', hint: '名单和绑定码' },
  { roles: ['manager'], url: '/work/teach/staff', name: '人员', hint: '身份、停用和恢复' },
  { roles: ['manager'], url: '/work/roster/imports', name: '花名册', hint: '导入、核对、撤销' },
  { roles: ['teacher', 'manager'], url: '/work/teach/lessons', name: '转发微课', hint: '发给班里的家长' },
  { roles: ['counsellor'], url: '/work/counsel/week', name: '我的一周', hint: '预约和记录' },
  { roles: ['counsellor'], url: '/work/counsel/availability', name: '可约时间', hint: '开放和停约' },
  { roles: ['counsellor', 'teacher', 'manager'], url: '/work/counsel/walkin', name: '代约咨询', hint: '学生来了或来电' },
  { roles: ['duty', 'manager'], url: '/work/duty/rota', name: '值班安排', hint: '谁值班，哪里缺人' },
  { roles: ['manager'], url: '/work/teach/calendar', name: '放假和调休', hint: '不约、不催的日子' },
  { roles: ['counsellor'], url: '/work/counsel/profile', name: '我的介绍', hint: '家长看到的样子' },
  { roles: ['teacher', 'counsellor', 'manager', 'duty'], url: '/work/duty/calls', name: '电话名单', hint: '消息送不到的人' },
]

const of = (roles: string[]) => (x: { roles: string[] }) => x.roles.some((role) => roles.includes(role))

/** The sections of all roles that somebody has. */
export function sectionsOf(roles: string[]): Section[] {
  return SECTIONS.filter(of(roles)).map((s) => s.name)
}

/** The pages that they may go to, each once. */
export function toolsOf(roles: string[]) {
  return TOOLS.filter(of(roles))
}
