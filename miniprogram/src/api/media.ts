import { platform } from '@/platform'

/** The address of a picture or film that the API names, '' for none: on this server, or wherever the object store is. */
export function mediaUrl(url: string): string {
  return !url || /^https?:/.test(url) ? url : platform.origin + url
}
