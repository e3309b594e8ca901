"""What works against Twilio works through the gateway."""

import asyncio
import itertools
import unittest

import requests
from gateway import (
    ACCOUNT,
    DEFAULT_SERVICE,
    FACE,
    KEY,
    LARGE,
    OPEN,
    PAGE,
    PAGE_NAMES,
    PRINTED,
    client,
    client_with_base_url,
    requests_served,
    sandbox,
    webhooks_of,
)
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.rest import Client

URL = "https://hooks.example.com/réception?q=été&a=b+c%2F"


class Case(unittest.TestCase):
    def setUp(self):
        sandbox("/sandbox/reset")

    def assert_pages(self, expected, ask):
        """`ask` causes so many requests, and the gateway has had all of them."""
        before = requests_served()
        answer = ask()
        self.assertEqual(requests_served() - before, expected)
        return answer


class Page(Case):
    def test_the_page_prints_what_it_says(self):
        *listed, error = PRINTED.splitlines()
        self.assertEqual(len(listed), 23)
        self.assertIn(f"# {error}\n", PAGE)

    def test_a_client_that_is_not_pointed_here_reaches_nobody(self):
        with self.assertRaises(requests.exceptions.ProxyError):
            Client(ACCOUNT, KEY).conversations.v1.services.list()


class Lists(Case):
    def test_all_23_webhooks_come_in_pages_of_5(self):
        everywhere = {
            "the page's client": PAGE_NAMES["client"],
            "an edge": client(edge="dublin"),
            "a region": client(region="ie1"),
            "an edge and a region": client(edge="dublin", region="ie1"),
            "a base URL": client_with_base_url(),
        }
        for way, of in everywhere.items():
            for service in (None, DEFAULT_SERVICE):
                with self.subTest(way, service=service):
                    webhooks = webhooks_of(LARGE, of, service)
                    listed = self.assert_pages(5, lambda: webhooks.list(page_size=5))
                    self.assertEqual(len({webhook.sid for webhook in listed}), 23)

    def test_a_list_can_be_streamed_and_limited(self):
        webhooks = webhooks_of(LARGE)
        self.assertEqual(self.assert_pages(2, lambda: len(webhooks.list(limit=7, page_size=5))), 7)
        self.assertEqual(self.assert_pages(1, lambda: len(webhooks.list(limit=3))), 3)
        six = self.assert_pages(2, lambda: list(itertools.islice(webhooks.stream(page_size=5), 6)))
        self.assertEqual(len({webhook.sid for webhook in six}), 6)

    def test_pages_lead_on_and_back(self):
        for of in (client(), client_with_base_url()):
            webhooks = webhooks_of(LARGE, of)
            first = webhooks.page(page_size=5)
            self.assertTrue(first.next_page_url.startswith(FACE + "/v1/"), first.next_page_url)
            second = first.next_page()
            again = webhooks.get_page(first.next_page_url)
            back = second.previous_page()
            sids = [[webhook.sid for webhook in page] for page in (first, second, again, back)]
            self.assertEqual(sids[1], sids[2])
            self.assertEqual(sids[0], sids[3])
            self.assertTrue(set(sids[0]).isdisjoint(sids[1]))

    def test_links_lead_here(self):
        webhook = webhooks_of(LARGE).list(limit=1)[0]
        self.assertEqual(webhook.url, f"{FACE}/v1/Conversations/{LARGE}/Webhooks/{webhook.sid}")
        conversation = client().conversations.v1.conversations(LARGE).fetch()
        self.assertEqual(conversation.links["webhooks"], f"{FACE}/v1/Conversations/{LARGE}/Webhooks")


class Writes(Case):
    def test_a_webhook_comes_changes_and_goes(self):
        for service in (None, DEFAULT_SERVICE):
            with self.subTest(service=service):
                webhooks = webhooks_of(OPEN, service=service)
                made = webhooks.create(
                    target="webhook",
                    configuration_url=URL,
                    configuration_method="POST",
                    configuration_filters=["onMessageAdded", "onParticipantAdded", "onConversationUpdated"],
                )
                self.assertEqual(made.configuration["url"], URL)
                self.assertEqual(len(made.configuration["filters"]), 3)
                self.assertEqual(webhooks(made.sid).fetch().configuration, made.configuration)
                self.assertIn(made.sid, [webhook.sid for webhook in webhooks.list()])

                changed = made.update(configuration_url=URL + "&2", configuration_method="GET")
                self.assertEqual(changed.configuration["url"], URL + "&2")
                self.assertEqual(changed.configuration["method"].upper(), "GET")
                self.assertEqual(changed.configuration["filters"], made.configuration["filters"])

                self.assertTrue(changed.delete())
                self.assertNotIn(made.sid, [webhook.sid for webhook in webhooks.list()])

    def test_triggers_and_flows(self):
        webhooks = webhooks_of(OPEN)
        words = ["réclamation", "日本語 🙂", "a&b=c"]
        trigger = webhooks.create(target="trigger", configuration_url=URL, configuration_triggers=words)
        studio = webhooks.create(target="studio", configuration_flow_sid="FW" + "a" * 32)
        fetched = webhooks(trigger.sid).fetch()
        self.assertEqual((fetched.target, studio.target), ("trigger", "studio"))
        self.assertIn(words, fetched.configuration.values())
        self.assertEqual(studio.configuration["flow_sid"], "FW" + "a" * 32)

    def test_a_base_url_is_enough_for_writes(self):
        webhooks = webhooks_of(OPEN, client_with_base_url())
        made = webhooks.create(
            target="webhook", configuration_url=URL, configuration_filters=["onMessageAdded"]
        )
        self.assertEqual(made.update(configuration_method="GET").sid, made.sid)
        self.assertTrue(made.delete())


class OtherResources(Case):
    def test_conversations(self):
        conversations = client().conversations.v1.conversations
        listed = self.assert_pages(3, lambda: conversations.list(page_size=50))
        self.assertEqual(len({conversation.sid for conversation in listed}), 138)
        self.assertEqual(conversations(LARGE).fetch().state, "active")

    def test_services(self):
        services = client().conversations.v1.services
        self.assertEqual(len(services.list()), 3)
        self.assertEqual(services(DEFAULT_SERVICE).fetch().sid, DEFAULT_SERVICE)

    def test_address_configurations(self):
        addresses = client().conversations.v1.address_configurations
        listed = addresses.list(page_size=5)
        self.assertGreater(len(listed), 5)
        self.assertEqual(addresses(listed[-1].sid).fetch().address, listed[-1].address)

    def test_webhook_configuration_of_account_and_service(self):
        version = client().conversations.v1
        account = version.configuration.webhooks()
        self.assertEqual(account.update(post_webhook_url=URL).post_webhook_url, URL)
        self.assertEqual(account.fetch().post_webhook_url, URL)
        service = version.services(DEFAULT_SERVICE).configuration.webhooks()
        self.assertEqual(service.update(pre_webhook_url=URL).pre_webhook_url, URL)
        self.assertEqual(service.fetch().pre_webhook_url, URL)


class Asynchronous(Case):
    def test_the_same_method_serves_asyncio(self):

        # The page's method, on the other class.
        namespace = dict(PAGE_NAMES, TwilioHttpClient=AsyncTwilioHttpClient)
        source = PAGE[PAGE.index("class Switchboard(") :].split("\n\n\n")[0]
        exec(source, namespace)

        async def run():
            async with namespace["Switchboard"](timeout=10) as http:
                webhooks = webhooks_of(LARGE, Client(ACCOUNT, KEY, http_client=http))
                listed = await webhooks.list_async(page_size=5)
                made = await webhooks_of(OPEN, Client(ACCOUNT, KEY, http_client=http)).create_async(
                    target="webhook", configuration_url=URL, configuration_filters=["onMessageAdded"]
                )
                return len(listed), await made.delete_async()

        self.assertEqual(self.assert_pages(7, lambda: asyncio.run(run())), (23, True))


if __name__ == "__main__":
    unittest.main()
