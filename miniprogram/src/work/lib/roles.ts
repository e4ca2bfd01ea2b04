/** The roles that a manager can give, as people call them. */
export const ROLES: Record<string, string> = { teacher: '教师', counsellor: '咨询师', manager: '管理员', duty: '值班人员', inspector: '督查人员', volunteer: '五老志愿者' }

/** What of a form that gives a role is missing; empty where it is complete. */
export function grantFault(form: { code: string; name: string; role: string; days: string }): string {
  if (!/^[0-9A-Za-z]{8}$/.test(form.code.replace(/\s/g, ''))) return '邀请码是 8 位字母和数字，请对方在“我的”里生成'
  if (!form.name.trim()) return '请填写对方的姓名'
  if (!form.role) return '请选一个身份'
  if (form.days && !/^[1-9]\d{0,3}$/.test(form.days.trim())) return '天数请填数字'
  if (form.role === 'inspector' && (!form.days || Number(form.days) > 60)) return '督查人员请填天数，最多 60 天'
  return ''
}
