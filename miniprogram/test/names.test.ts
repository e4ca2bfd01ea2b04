import { describe, expect, it } from 'vitest'
import { nameHas, nameKey } from '@/work/lib/names'
import golden from '../../model/testdata/names.json'

describe('names', () => {
  it('fold as the server stores them', () => {
    expect(golden.length).toBeGreaterThan(100)
    for (const [typed, key] of golden) expect(nameKey(typed!), JSON.stringify(typed)).toBe(key)
  })
  it('are found however they are typed', () => {
    expect(nameHas('李䶮', '\ue863')).toBe(true)
    expect(nameHas('阿依古丽·买买提', '古丽.买')).toBe(true)
    expect(nameHas('阿依古丽·买买提', '古丽 • 买')).toBe(true)
    expect(nameHas('Anna-Lena', 'ａｎｎａ–l')).toBe(true)
    expect(nameHas('王芳', ' 王 芳 ')).toBe(true)
    expect(nameHas('王芳', '')).toBe(true)
    expect(nameHas('王芳', '李')).toBe(false)
  })
})
