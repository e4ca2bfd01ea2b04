package model

// maxRequestKey bounds an Idempotency-Key in bytes.
const maxRequestKey = 64

var (
	errRequestKeyLong = Invalid("Idempotency-Key", "idempotency_key_too_long", "请求标识过长")
	errRequestKeyForm = Invalid("Idempotency-Key", "idempotency_key_invalid", "请求标识只能包含字母、数字和常用符号")
)

// CheckRequestKey refuses an Idempotency-Key that is too long, or no printable
// ASCII: a header can carry bytes that no text column takes. Empty is fine.
func CheckRequestKey(key string) error {
	if len(key) > maxRequestKey {
		return errRequestKeyLong
	}
	for i := range len(key) {
		if key[i] < ' ' || key[i] > '~' {
			return errRequestKeyForm
		}
	}
	return nil
}
