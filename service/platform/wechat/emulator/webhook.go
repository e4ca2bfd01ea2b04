package emulator

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // WeChat's signature is SHA-1
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sort"
	"strconv"
	"strings"
	"time"
)

// WebhookSettings are one programme's webhook settings (消息推送) as they are entered
// in WeChat's console, in safe mode.
type WebhookSettings struct {
	AppID, Token, AESKey string
	// URL is where to post; empty means that nothing is pushed.
	URL string
}

// NewWebhookSettings makes fresh keys for the programme.
func NewWebhookSettings(appID, address string) WebhookSettings {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails, by its documentation
	return WebhookSettings{AppID: appID, Token: randomHex(16), AESKey: strings.TrimSuffix(base64.StdEncoding.EncodeToString(key), "="), URL: address}
}

// Seal signs and encrypts a message as WeChat does at the time: the query and
// the body of the webhook call. The body is XML or JSON as the message is.
// https://developers.weixin.qq.com/doc/oplatform/Third-party_Platforms/2.0/api/Before_Develop/Technical_Plan.html
func (s WebhookSettings) Seal(message string, at time.Time) (query url.Values, body []byte) {
	text := append([]byte(message), s.AppID...)
	padding := 32 - (headSize+len(text))%32
	text = append(text, bytes.Repeat([]byte{byte(padding)}, padding)...)
	return s.SealRaw(text, uint32(len(message)), strings.HasPrefix(message, "{"), at)
}

// SealRaw signs and encrypts what a faulty sender with the
// keys might: the text with its app id and padding, whatever they are, after a head
// that claims the size. The text is cut to whole blocks.
func (s WebhookSettings) SealRaw(text []byte, size uint32, inJSON bool, at time.Time) (query url.Values, body []byte) {
	sealed := s.encrypt(text, size)
	query = s.signed(at)
	query.Set("encrypt_type", "aes")
	query.Set("msg_signature", sign(s.Token, query.Get("timestamp"), query.Get("nonce"), sealed))
	if inJSON {
		return query, fmt.Appendf(nil, `{"ToUserName":"gh_emulator","Encrypt":%q}`, sealed)
	}
	return query, fmt.Appendf(nil, "<xml><ToUserName><![CDATA[gh_emulator]]></ToUserName><Encrypt><![CDATA[%s]]></Encrypt></xml>", sealed)
}

// Greeting is the query with which WeChat asks for echostr back.
func (s WebhookSettings) Greeting(echostr string, at time.Time) url.Values {
	query := s.signed(at)
	query.Set("echostr", echostr)
	return query
}

func (s WebhookSettings) signed(at time.Time) url.Values {
	timestamp, nonce := strconv.FormatInt(at.Unix(), 10), randomHex(5)
	return url.Values{"timestamp": {timestamp}, "nonce": {nonce}, "signature": {sign(s.Token, timestamp, nonce)}}
}

func sign(parts ...string) string {
	sort.Strings(parts)
	sum := sha1.Sum([]byte(strings.Join(parts, ""))) //nolint:gosec // as above
	return hex.EncodeToString(sum[:])
}

// headSize is what stands before the message: chance and the message's size.
const headSize = 16 + 4

func (s WebhookSettings) encrypt(text []byte, size uint32) string {
	key, err := base64.StdEncoding.DecodeString(s.AESKey + "=")
	if err != nil {
		panic("emulator: the AES key is no EncodingAESKey")
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		panic("emulator: the AES key is no EncodingAESKey")
	}
	whole := make([]byte, 16, headSize+len(text))
	_, _ = rand.Read(whole) // never fails, by its documentation
	whole = append(binary.BigEndian.AppendUint32(whole, size), text...)
	whole = whole[:len(whole)/aes.BlockSize*aes.BlockSize]
	cipher.NewCBCEncrypter(block, key[:aes.BlockSize]).CryptBlocks(whole, whole)
	return base64.StdEncoding.EncodeToString(whole)
}

// How WeChat calls the webhook: it waits so long for a response, and tries so often.
const (
	webhookTimeout = 5 * time.Second
	webhookTries   = 3
)

var errWebhookFailed = errors.New("emulator: the push was not answered as it should be")

// Push posts the message to the settings' URL as WeChat does: again, and once
// more, where no good response came within five seconds. Without a URL it does nothing.
func (s WebhookSettings) Push(ctx context.Context, message string, clock func() time.Time) error {
	if s.URL == "" {
		return nil
	}
	var err error
	for range webhookTries {
		if err = s.sendOnce(ctx, message, clock()); err == nil || ctx.Err() != nil {
			return err
		}
	}
	return err
}

func (s WebhookSettings) sendOnce(ctx context.Context, message string, at time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, webhookTimeout)
	defer cancel()
	query, body := s.Seal(message, at)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL+"?"+query.Encode(), bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "text/xml")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 64))
	if closeErr := resp.Body.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK || (string(answer) != "success" && len(answer) > 0) {
		return errWebhookFailed
	}
	return nil
}
