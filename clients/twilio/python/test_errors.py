"""What fails raises the library's own exceptions, whoever made the failure, and is never a success."""

import unittest

import requests
from gateway import (
    CLOSED,
    DEFAULT_SERVICE,
    FACE,
    FULL,
    HAS_KEYS,
    LARGE,
    LIMITED_KEY,
    MISSING,
    OPEN,
    READER_KEY,
    client,
    client_with_base_url,
    fault,
    sandbox,
    webhooks_of,
)
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException

HOOK = {"target": "webhook", "configuration_url": "https://hooks.example.com/"}
FILTERS = {"configuration_filters": ["onMessageAdded"]}
NO_WEBHOOK = "WH00000000000000000000000000000000"


class Case(unittest.TestCase):
    def setUp(self):
        sandbox("/sandbox/reset")

    def assert_refused(self, status, code, action, *args, **kwargs):
        with self.assertRaises(TwilioRestException) as raised:
            action(*args, **kwargs)
        error = raised.exception
        self.assertEqual((error.status, error.code), (status, code), error.msg)
        return error


class ByTheProvider(Case):
    def test_what_is_missing(self):
        for service in (None, DEFAULT_SERVICE):
            with self.subTest(service=service):
                error = self.assert_refused(
                    404, 50360, webhooks_of(OPEN, service=service)(NO_WEBHOOK).fetch
                )
                self.assertEqual(error.msg, "Unable to fetch record: Conversation webhook not found")
                missing = webhooks_of(MISSING, service=service)
                self.assert_refused(404, 50350, missing(NO_WEBHOOK).fetch)
                self.assert_refused(404, 50350, missing.create, **HOOK, **FILTERS)
                self.assert_refused(404, 50360, webhooks_of(OPEN, service=service)(NO_WEBHOOK).delete)
        self.assert_refused(404, 20404, client().conversations.v1.services("IS" + "9" * 32).fetch)

    def test_what_may_not_be(self):
        webhooks = webhooks_of(OPEN)
        error = self.assert_refused(400, 50370, webhooks.create, **HOOK)
        self.assertEqual(error.msg, "Unable to create record: Configuration.Filters is missing")
        for _ in range(3):
            webhooks.create(**HOOK, **FILTERS)
        self.assert_refused(400, 50361, webhooks.create, **HOOK, **FILTERS)
        for closed in (CLOSED, FULL):
            self.assert_refused(400, 50377, webhooks_of(closed).create, **HOOK, **FILTERS)

    def test_other_products_are_not_reached(self):
        with self.assertRaises(TwilioRestException) as raised:
            client().messages("SM" + "0" * 32).fetch()
        self.assertEqual(raised.exception.status, 404)

    def test_a_list_fails_as_it_does_at_twilio(self):
        with self.assertRaises(TwilioException) as raised:
            webhooks_of(MISSING).list()
        self.assertEqual(raised.exception.args[1].status_code, 404)
        stream = webhooks_of(LARGE).stream(page_size=5)
        fault(status=503)
        with self.assertRaises(TwilioException) as raised:
            list(stream)
        self.assertEqual(raised.exception.args[1].status_code, 503)

    def test_it_is_down(self):
        webhook = webhooks_of(LARGE)(webhooks_of(LARGE).list(limit=1)[0].sid)
        for body, code in ((None, 20503), ("html", 503), ("empty", 503)):
            for action in (webhook.fetch, webhook.delete, lambda: webhook.update(configuration_method="GET")):
                fault(status=503, **({"body": body} if body else {}))
                self.assert_refused(503, code, action)
        fault(status=500, body="html")
        self.assert_refused(500, 500, webhooks_of(OPEN).create, **HOOK, **FILTERS)


class OnTheWay(Case):
    def test_a_provider_that_breaks_off(self):
        webhook = webhooks_of(LARGE)(webhooks_of(LARGE).list(limit=1)[0].sid)
        fault(truncate=True)
        self.assert_refused(502, 502, webhook.fetch)
        fault(truncate=True, method="POST")
        self.assert_refused(502, 502, webhooks_of(OPEN).create, **HOOK, **FILTERS)
        fault(reset=True)
        self.assert_refused(502, 502, webhook.delete)
        fault(status=500, truncate=True)
        with self.assertRaises((TwilioRestException, requests.exceptions.RequestException)):
            webhook.fetch()
        fault(truncate=True)
        with self.assertRaises(TwilioException):
            webhooks_of(LARGE).list()

    def test_a_provider_that_is_too_slow(self):
        fault(delay_ms=3000)
        self.assert_refused(504, 504, webhooks_of(OPEN)(NO_WEBHOOK).fetch)

    def test_a_connection_that_is_not_there(self):
        of = client_with_base_url(FACE + "-2")
        with self.assertRaises(TwilioServiceException) as raised:
            webhooks_of(OPEN, of)(NO_WEBHOOK).fetch()
        self.assertEqual(raised.exception.status, 404)

    def test_a_body_that_is_too_large(self):
        self.assert_refused(
            413, 413, webhooks_of(OPEN).create, target="webhook", configuration_url="x" * (1 << 21)
        )

    @unittest.skipUnless(HAS_KEYS, "a gateway without keys takes every key")
    def test_a_key_that_is_unknown_or_may_not(self):
        error = self.assert_refused(401, 401, webhooks_of(OPEN, client("wrong"))(NO_WEBHOOK).fetch)
        self.assertIn("Unable to fetch record: ", error.msg)
        reader = webhooks_of(OPEN, client(READER_KEY))
        first = reader.list()[0]
        self.assert_refused(403, 403, first.update, configuration_method="GET")
        self.assert_refused(403, 403, first.delete)
        self.assert_refused(403, 403, reader.create, **HOOK, **FILTERS)
        self.assertEqual(len(reader.list()), 2)

    @unittest.skipUnless(HAS_KEYS, "a gateway without keys has no limits")
    def test_a_limit_that_is_used_up(self):
        limited = client(LIMITED_KEY).conversations.v1.conversations(OPEN)
        limited.fetch()
        self.assert_refused(429, 429, limited.fetch)


if __name__ == "__main__":
    unittest.main()
