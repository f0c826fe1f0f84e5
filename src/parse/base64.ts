/** What base64 says, a byte a character; empty where it is none. */
export const fromBase64 = (value: string): string => {
  try {
    return atob(value)
  } catch {
    return ''
  }
}
