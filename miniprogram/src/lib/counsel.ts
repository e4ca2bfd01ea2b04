/** How a counselling session is held, in words. */
export const MODES: Record<string, string> = { in_person: '当面', phone: '电话', video: '视频' }
