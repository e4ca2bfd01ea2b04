import { defineStore } from 'pinia'
import { ref } from 'vue'
import { api, newKey } from '@/api/client'
import type { Schema } from '@/api/types'
import { platform } from '@/platform'

/** A message that the family can permit: one is sent for each time it was permitted. */
export type Message = Schema<'MessagePermission'>

/** The messages that may come through WeChat, and the permissions for them. */
export const useMessages = defineStore('messages', () => {
  const items = ref<Message[] | null>(null)

  async function load(): Promise<Message[]> {
    return (items.value = (await api.get('/me/messages')).items)
  }

  /** Loads the templates before a tap: WeChat does not wait for the network between the tap and the question. */
  function ensure(): void {
    if (!items.value) load().catch(() => {})
  }

  /**
   * Asks, inside a tap, for permission to send the messages of this moment, first for those of which the fewest may
   * still be sent: WeChat takes three a tap. It never fails: the tap itself matters more.
   */
  function ask(moment: string): Promise<void> {
    const wanted = (items.value ?? []).filter((m) => m.asks === moment).sort((a, b) => a.credits - b.credits)
    return request([...new Set(wanted.map((m) => m.templateId))])
  }

  /** Asks for permission to send messages of these templates. */
  async function request(templateIds: string[]): Promise<void> {
    if (templateIds.length === 0) return
    try {
      const choice = await platform.askForMessages(templateIds)
      if (choice.accepted.length + choice.refused.length === 0) return
      items.value = (await api.post('/me/messages', { idempotencyKey: newKey(), body: choice })).items
    } catch {
      // WeChat also reports the choice to the server, by its webhook.
    }
  }

  return { items, load, ensure, ask, request }
})
