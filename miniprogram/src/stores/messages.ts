import { defineStore } from 'pinia'
import { ref } from 'vue'
import { api, newKey } from '@/api/client'
import type { Schema } from '@/api/types'
import { platform } from '@/platform'

/** A message that the family can allow: one for each time it was allowed. */
export type Message = Schema<'NotifyLeave'>

/** The messages that may come through WeChat, and the leave for them. */
export const useMessages = defineStore('messages', () => {
  const items = ref<Message[] | null>(null)

  async function load(): Promise<Message[]> {
    return (items.value = (await api.get('/me/messages')).items)
  }

  /** Makes the templates known before a tap: WeChat lets nobody wait for the network between the tap and the question. */
  function know(): void {
    if (!items.value) load().catch(() => {})
  }

  /** Asks, inside a tap, for leave to send what belongs to the moment. It never fails: the tap itself matters more. */
  function ask(moment: string): Promise<void> {
    return request((items.value ?? []).filter((m) => m.asks === moment).map((m) => m.templateId))
  }

  /** Asks for leave to send messages of these templates. */
  async function request(templateIds: string[]): Promise<void> {
    if (templateIds.length === 0) return
    try {
      const said = await platform.askForMessages(templateIds)
      if (said.accepted.length + said.refused.length === 0) return
      items.value = (await api.post('/me/messages', { idempotencyKey: newKey(), body: said })).items
    } catch {
      // WeChat tells the server too, by a push.
    }
  }

  return { items, load, know, ask, request }
})
