// People whom the demo data lacks, created as managers and families create them.

/** Gives the account a role at the manager's own unit. */
export async function grant(server, manager, code, role) {
  const unit = (await server.call(manager, 'GET', '/units')).items[0]
  const invite = await server.call(code, 'POST', '/me/invite-code')
  await server.call(manager, 'POST', `/units/${unit.id}/grants`, { inviteCode: invite.code, role, name: '林老师（演示）' })
  return unit
}

/** Somebody who is counsellor and teacher at a school and duty officer of the county. */
export async function manyRoles(server, code) {
  await grant(server, 'demo-school', code, 'counsellor')
  await grant(server, 'demo-school', code, 'teacher')
  await grant(server, 'demo-county', code, 'duty')
}

/** A second counsellor at demo-parent's school, who is available at noon every day; returns the account's id. */
export async function secondCounsellor(server, code) {
  const school = await grant(server, 'demo-school', code, 'counsellor')
  const room = (await server.call('demo-school', 'GET', '/rooms')).items.find((r) => r.unitId === school.id)
  const { id } = (await server.call(code, 'GET', '/me')).account
  await server.call('demo-school', 'PUT', `/rooms/${room.id}/counsellors/${id}`, { name: '林老师（演示）', introduction: '中午都在，想聊什么都可以。' })
  for (const weekday of [0, 1, 2, 3, 4, 5, 6])
    await server.call(code, 'POST', '/availability-rules', { mode: 'phone', weekday, startMinute: 12 * 60, endMinute: 13 * 60, slotMinutes: 30 })
  return id
}

/** A grandparent of a pupil of demo-teacher's class, who has consented to learning but permits no message; returns the child. */
export async function learningFamily(server, code, name, studentNo) {
  const child = await server.call(code, 'POST', '/me/children', { classCode: 'RDXY0301', name, studentNo, relation: 'grandparent' })
  const { currentVersion: version } = (await server.call(code, 'GET', '/me')).consents.find((c) => c.purpose === 'learning')
  await server.call(code, 'PUT', '/me/consents/learning', { version })
  return child
}

/** Has the claims that are made meanwhile to pupils of demo-teacher's school wait for a teacher. */
export async function claimsWait(server, meanwhile) {
  const school = (await server.call('demo-school', 'GET', '/units')).items[0]
  const set = (rule) => server.call('demo-school', 'PUT', `/units/${school.id}/claim-rule`, { rule })
  await set('confirm')
  await meanwhile()
  await set('auto')
}
