import { clock, dayWords } from '@/lib/time'

/** What a call is about, by the kind of the message that it stands for. */
export const KINDS: Record<string, string> = {
  booking_reminder_24h: '提醒预约的时间',
  booking_reminder_1h: '提醒预约的时间',
  booking_cancelled: '预约取消了，请告诉他',
  booking_rescheduled: '预约的时间改了，请告诉他',
  wait_list_offer: '候补的时间有空了，请他在手机上接受',
  session_opening: '宣讲开始签到了',
  session_reminder: '提醒参加宣讲',
  make_up_scheduled: '安排了补课，请他参加',
  coverage_nudge: '还有微课或宣讲没有完成',
  family_binding: '孩子有新的家长或账号绑定，请问问是不是家里人',
  duty_appointed: '下级单位新任命了值班人员，请告诉他去核对',
  alert_waiting: '有一条预警没有人接手，请他马上处理',
  alert_drill: '值班演练没有人接手，请他马上处理',
}

/** What managers are told themselves, by kind: nobody else may be there to call them. */
export const TOLD: Record<string, string> = {
  duty_appointed: '下级单位新任命了值班人员，请去核对',
  alert_waiting: '有一条预警没有人接手，现在没有人值班。请马上联系同事，安排人员值班',
  alert_drill: '值班演练没有人接手，现在没有人值班。请安排人员值班',
}

/** What a guardian is to the pupil. */
export const RELATIONS: Record<string, string> = { mother: '母亲', father: '父亲', grandparent: '祖辈', other: '其他监护人' }

/** What became of reminding, in one line. */
export function remindedWords(r: { reminded: number; already: number; unreachable: number; sendsAt?: string }): string {
  const sent = r.sendsAt ? `今天放假，${dayWords(r.sendsAt)} ${clock(r.sendsAt)} 提醒 ${r.reminded} 家` : `提醒了 ${r.reminded} 家`
  return [r.reminded ? sent : '', r.already ? `${r.already} 家今天提醒过了` : '', r.unreachable ? `${r.unreachable} 家联系不上` : ''].filter(Boolean).join('，') || '没有要提醒的人'
}
