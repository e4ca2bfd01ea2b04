import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { api } from '@/api/client'
import type { Schema } from '@/api/types'
import { keep, kept } from '@/lib/storage'

type Room = Schema<'CounselRoomDetail'>

/** The rooms of the family's school and town: many pages name them and their counsellors. */
export const useRooms = defineStore('rooms', () => {
  const rooms = ref<Room[] | null>(null)

  const counsellors = computed(() => new Map((rooms.value ?? []).flatMap((r) => r.counsellors.map((c) => [c.id, c] as const))))

  async function load(): Promise<Room[]> {
    const { items } = await api.get('/rooms', { query: { limit: 50 } })
    keep('rooms', items)
    return (rooms.value = items)
  }

  /** Loads the names where they are missing; a page works without them. */
  function ensure(): void {
    rooms.value ??= kept<Room[]>('rooms')?.data ?? null
    if (!rooms.value) load().catch(() => {})
  }

  const nameOf = (counsellorId: string) => counsellors.value.get(counsellorId)?.name ?? ''
  const placeOf = (roomId: string) => {
    const room = rooms.value?.find((r) => r.id === roomId)
    return room ? [room.name, room.place].filter(Boolean).join(' · ') : ''
  }

  return { rooms, load, ensure, nameOf, placeOf }
})
