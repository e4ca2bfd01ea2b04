import type { Schema } from '@/api/types'

/** How a session stands, in words. */
export const SESSION_STATUS: Record<Schema<'LectureSession'>['status'], string> = { scheduled: '即将开始', open: '正在进行', ended: '已结束', cancelled: '已取消' }
