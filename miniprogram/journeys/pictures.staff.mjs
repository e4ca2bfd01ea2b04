// The staff's pages that pictures are taken of.
const hosted = async (server) => (await server.call('demo-teacher', 'GET', '/lecture-sessions')).items.find((s) => s.status === 'open').id

export const staffPages = [
  { name: 'work', who: 'demo-teacher', path: '/work/index' },
  { name: 'work-host', who: 'demo-teacher', path: async (s) => `/work/host?id=${await hosted(s)}` },
  { name: 'work-code', who: 'demo-teacher', path: async (s) => `/work/code?id=${await hosted(s)}` },
  { name: 'work-rollcall', who: 'demo-teacher', path: async (s) => `/work/rollcall?id=${await hosted(s)}` },
  { name: 'work-coverage', who: 'demo-teacher', path: '/work/coverage' },
  { name: 'work-bookings', who: 'demo-counsellor', path: '/work/bookings' },
  { name: 'work-availability', who: 'demo-counsellor', path: '/work/availability' },
  { name: 'work-alerts', who: 'demo-duty', path: '/work/alerts' },
]
