package sipua_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// requirement is one thing that is asked of the user agent, with the tests that hold it: "package.Test", or
// "package.Test/row" for a row of a table, whose name must stand in the package's tests.
type requirement struct {
	what  string
	rfc   string // where it is said; a number alone is a section of RFC 3261
	tests string
}

// everyRequirement is the index from what is asked to who holds it. A requirement that is taken back goes from here in the
// same step as its test.
var everyRequirement = map[string][]requirement{
	"malformed messages":   malformedRows,
	"digest":               digestRows,
	"finding the server":   locateRows,
	"registration":         registrationRows,
	"trust":                trustRows,
	"faults of the field":  fieldRows,
	"what a UA MUST do":    mustRows,
	"message trace, probe": toolRows,
}

var malformedRows = []requirement{
	{"short tortuous INVITE; unknown dialog is 481", "4475 3.1.1.1", "sip.TestTorture/wsinv sipua.TestTorture/wsinv"},
	{"odd method is 501; percent is no escape in a method", "4475 3.1.1.2, 3.1.1.5", "sip.TestTorture/intmeth sip.TestTorture/esc02 sipua.TestTorture/intmeth"},
	{"unescape once; %00 cuts nothing; user with semicolon", "4475 3.1.1.3, 3.1.1.4, 3.1.1.9", "sip.TestTorture/esc01 sip.TestTorture/escnull sip.TestTorture/semiuri"},
	{"odd but valid messages are processed", "4475 3.1.1.6, 3.1.1.7, 3.1.1.10, 3.3.11, 3.4.1", "sip.TestTorture/lwsdisp sip.TestTorture/longreq sip.TestTorture/transports sip.TestTorture/zeromf sip.TestTorture/inv2543 sipua.TestTorture/longreq"},
	{"two messages in a datagram: the first", "18.3", "sip.TestTorture/dblreq sipua.TestTorture/dblreq"},
	{"body by Content-Length, NUL in it", "4475 3.1.1.11", "sip.TestTorture/mpart01"},
	{"reason phrase of any kind", "4475 3.1.1.12, 3.1.1.13", "sip.TestTorture/unreason sip.TestTorture/noreason"},
	{"400 for what cannot be read", "4475 3.1.2", "sip.TestTorture/badinv01-below sip.TestTorture/quotbal sip.TestTorture/insuf sip.TestTorture/multi01 sip.TestTorture/mismatch01 sipua.TestTorture/quotbal"},
	{"Content-Length that lies: 400 over UDP, closed stream over TCP", "18.3", "sip.TestTorture/clerr sip.TestTorture/ncl sip.TestTorture/mcl01 transport.TestTortureOverTCP transport.TestClerrIsCutOff sipua.TestBrokenFramingClosesTheConnection"},
	{"CSeq above 32 bits; overlarge Expires", "4475 3.1.2.4", "sip.TestTorture/scalar02 sip.TestTorture/scalar02-expires"},
	{"bad responses are dropped", "4475 3.1.2.5, 3.1.2.19, 3.3.10", "sip.TestTorture/scalarlg sip.TestTorture/bigcode sip.TestTorture/bcast sipua.TestTorture/bcast sipua.TestResponseWithTwoVias"},
	{"liberal or 400, never header fields out of escapes", "4475 3.1.2.7 to 3.1.2.15", "sip.TestTorture/ltgtruri sip.TestTorture/lwsruri sip.TestTorture/lwsstart sip.TestTorture/trws sip.TestTorture/escruri sip.TestTorture/escruri-crlf sip.TestTorture/baddate sip.TestTorture/regbadct sip.TestTorture/badaspec sip.TestTorture/baddn sip.TestInjections"},
	{"another version is 505", "4475 3.1.2.16", "sip.TestTorture/badvers sipua.TestTorture/badvers"},
	{"unknown method that does not match CSeq is 501", "4475 3.1.2.18", "sip.TestTorture/mismatch02"},
	{"branch of the cookie alone", "4475 3.2.1", "sip.TestTorture/badbranch"},
	{"unknown scheme is 416", "4475 3.3.2, 3.3.3", "sip.TestTorture/unkscm sip.TestTorture/novelsc sipua.TestTorture/novelsc"},
	{"Require of the unknown is 420, Proxy-Require is no business of ours", "4475 3.3.5", "sip.TestTorture/bext01 sipua.TestTorture/bext01 sipua.TestFieldBug13RequiredExtensions"},
	{"unknown body is 415 with Accept", "4475 3.3.6", "sipua.TestTorture/invut sipua.TestRequestsAreRefusedProperly"},
	{"REGISTER is 405", "4475 3.3.7, 3.3.4", "sipua.TestTorture/regaut01 sipua.TestTorture/unksm2"},
	{"no description wanted that we have: 406", "4475 3.3.15", "sipua.TestTorture/sdp01"},
	{"IPv6 without brackets is 400", "5118 4.2", "sip.TestTorture/v6-bare"},
	{"received with and without brackets, sent without", "5118 4.5", "sip.TestTorture/v6-received-brackets sip.TestTorture/v6-received-plain sipua.TestFieldBug15FritzBox"},
	{"three colons", "5118 4.10", "sip.TestTorture/v6-three-colons"},
	{"every one of them cut anywhere does no harm", "18.3", "sip.TestTortureTruncated sipua.TestTortureTruncated transport.TestTortureOverUDP"},
}

var digestRows = []requirement{
	{"vectors, with the misprints of RFC 7616 corrected", "7616 3.9", "digest.TestVectors digest.TestUserHashVector"},
	{"what is quoted and what is not; both are read", "7616 3.3, 3.4", "digest.TestQuoting digest.TestParseCredentials digest.TestParseLists"},
	{"topmost supported challenge per realm, the unknown ignored", "8760 2.4", "digest.TestTopmost digest.TestUnanswerable"},
	{"several realms, each answered", "22.3", "digest.TestProxyAndRegistrar sipua.TestProxyAndRegistrarChallenge"},
	{"Basic never", "22.4", "digest.TestUnanswerable"},
	{"uri is quoted; with qop cnonce and nc, without neither", "8760 2.6", "digest.TestAnswerForms"},
	{"the hash of no body", "8760 2.6", "digest.TestEmptyBody"},
	{"the retry is a new request: CSeq + 1, new branch, the rest as it was", "22.2", "sipua.TestRegisterWithDigest sipua.TestInviteWithDigest sipua.TestFieldBug05ChallengedInviteRingsTwice"},
	{"credentials that were rejected are not sent again", "22.1", "sipua.TestWrongPasswordStops digest.TestRetryRules digest.TestRejectedIsNotPreemptive"},
	{"ACK has the INVITE's credentials; a challenge to CANCEL is not answered", "22.1", "sipua.TestInviteWithDigest sipua.TestChallengeOfCancelIsNotAnswered"},
	{"nonce count, nextnonce", "7616 3.4.6, 3.5", "digest.TestNonceCount digest.TestNextNonce sipua.TestNextNonce"},
	{"unknown qop values are ignored", "7616 3.3", "digest.TestQOPNames digest.TestUnanswerable"},
	{"nonce rollover without stale; stale on the first challenge", "22.1", "digest.TestFritzBoxDays digest.TestFritzBoxWrongPassword digest.TestAnswerForms sipua.TestFieldBug03RegistrationDies"},
	{"retries are bounded", "22.1", "sipua.TestEndlessChallenges digest.TestRetriesAreSet"},
	{"folded challenges", "7.3.1", "sipua.TestFoldedChallenge sip.TestFoldedChallenge"},
}

var locateRows = []requirement{
	{"the decision table, with what is not asked", "3263 4.1, 4.2", "locate.TestDecisionTable locate.TestNotAlwaysNAPTR"},
	{"once per transaction: CANCEL and ACK go where the INVITE went", "3263 4", "sipua.TestCancelAndAckGoWhereTheInviteWent sipua.TestInviteFailsOver"},
	{"oversize by TCP, and back to UDP", "18.1.1", "locate.TestOversize sipua.TestLargeRequestGoesByTCP sipua.TestFieldBug10GrownBeyondTheMTU sipua.TestPinForgetsTheSwitchToTCP"},
	{"the tokens of NAPTR have a plus sign", "3263 4.1", "locate.TestDashIsNoService locate.TestNAPTRForm"},
	{"sips discards what is not secure; TLS is _sips._tcp; port 5061", "3263 4.1", "locate.TestSecureDiscards locate.TestNoUnderscoreTLS locate.TestSecureDefault"},
	{"failover on 503, failure, silence only; new branch; not after 1xx", "3263 4.3", "sipua.TestInviteFailsOver sipua.TestNoFailoverAfterProvisional sipua.TestRegisterFailsOver locate.TestFailoverOrder"},
	{"weights, target dot, Additional", "2782", "locate.TestOrderServices locate.TestWeights locate.TestTargetDot locate.TestAdditional"},
	{"families; never sorted over targets", "7984", "locate.TestFamilies locate.TestNeverSortedOverTargets"},
	{"certificate of the domain, not of the target", "5922 7.2", "transport.TestIdentities transport.TestVerify transport.TestWrongServerIsRefused sipua.TestCallOverTLS sipua.TestReuseServerName"},
	{"priorities of transports are not merged", "3263 4.1", "locate.TestPrioritiesNotMerged"},
	{"timer F counts as a failure (linphone-android #1344)", "3263 4.3", "sipua.TestSilentServerFoundByCall sipua.TestInviteFailsOver/silence"},
	{"one server per account (baresip #39, asterisk #1927)", "10.2.4", "sipua.TestServerIsPinned locate.TestRotationOnlyByDraw"},
	{"caching by TTL, failures apart (re #369, kamailio #4911, #3547)", "2308", "locate.TestCacheByTTL locate.TestFailureNotInCache locate.TestSRVOnlyDomain sipua.TestDNSFailsWhileRegistered locate.TestHoldDown"},
	{"back to the preferred server", "3263 4.3", "sipua.TestReturnToPreferredServer sipua.TestPollBetterDoublesUpTo15Minutes"},
	{"DNS slow, dead, lying, truncating", "3263 4", "locate.TestExchange locate.TestTruncatedWithoutTCP locate.TestMalformedAnswers locate.TestForeignDatagrams sipua.TestDNSFailsAtBoot"},
}

var registrationRows = []requirement{
	{"Request-URI is the domain; From = To; one Call-ID; CSeq + 1", "10.2", "sipua.TestRegisterHasDomainAsRequestURI sipua.TestFieldBug03RegistrationDies"},
	{"lifetime: own Contact, Expires, what was asked; 0 is none", "10.2.4", "sipua.TestGrantedLifetime sipua.TestGrantOfZeroIsNoRegistration"},
	{"refresh before the end, at the same server", "10.2.4", "sipua.TestRefreshAfter sipua.TestServerIsPinned sipua.TestDayOfRegistrations"},
	{"423: one adoption of more than was asked", "10.2.8", "sipua.TestIntervalTooBrief sipua.TestAdoptMinExpires"},
	{"removal of the own binding only", "10.2.2", "sipua.TestShutdownRemovesBinding sipua.TestShutdownIsBounded sipua.TestRemovalIsChallenged"},
	{"3xx, 403, 503 with Retry-After", "8.1.3, 21.5.4", "sipua.TestRegisterRedirection sipua.TestForbiddenStopsForLong sipua.TestRetryAfterOn503 sipua.TestRetryAfterIsAFloor"},
	{"Service-Route is preloaded and replaced", "3608 5.1", "sipua.TestServiceRoute sipua.TestCallRoutes"},
	{"outbound: instance, reg-id, Path, 439", "5626 4.2", "sipua.TestOutboundRegistration"},
	{"keep-alive of streams, with pong", "5626 4.4.1", "sipua.TestConnectionDead transport.TestPingPong"},
	{"keep-alive by STUN, changed mapping", "5626 4.4.2", "sipua.TestStunKeepAlive transport.TestBindingVectors"},
	{"keep-alive over UDP", "5626 3.5", "sipua.TestKeepAlives sipua.TestKeepAliveMeetsClosedPort sipua.TestFieldBug04NeverRingsBehindNAT"},
	{"back-off, for ever", "5626 4.5", "sipua.TestBackOff sipua.TestSilentServerIsTriedForEver sipua.TestLostFlows"},
	{"flow closed, address changed, link up: at once", "5626 4.5", "sipua.TestConnectionClosed sipua.TestNetworkChanged"},
	{"Contact rewritten from received and rport, once", "3581", "sipua.TestContactIsRewrittenBehindNAT sipua.TestFlappingNAT sipua.TestContactIsKeptWithoutNAT"},
	{"the authentication name is not the extension", "22.4", "sipua.TestAuthenticationUser sipua.TestFieldBug17AuthenticationNameAndPings"},
}

var trustRows = []requirement{
	{"scanners meet silence", "26.1", "sipua.TestStrangersMeetSilence sipua.TestFlood sipua.TestConfiguredPeersMayCall"},
	{"no digest for who called us", "22.1", "sipua.TestDigestIsNotLeaked sipua.TestChallengeOfDirectCall sipua.TestForeignRealm digest.TestPermittedRealms"},
	{"forged BYE, CANCEL, re-INVITE, 200", "12.2.2, 9.2, 17.1.3", "sipua.TestInDialogRequestsAreMatchedFully sipua.TestForgedByeFromElsewhere sipua.TestFindDialog transaction.TestForgedCancelFindsNothing transaction.TestForeignResponsesAreDropped"},
	{"identifiers of 128 random bits", "19.3", "sipua.TestIdentifiersAreNeverUsedTwice"},
	{"injected RTP", "3550 8.2", "stream.TestInjectedPackets stream.TestLatchAgainstIntruders stream.TestLatch"},
	{"REFER off unless wanted, auto-answer from the own server only", "3515, 3261 20.4", "sipua.TestReferIsRefused sipua.TestStrangersWordIsNotBelieved sipua.TestAutoAnswerAndIdentity"},
	{"floods, slow TCP, half-open connections", "26.3.2.4", "sipua.TestFlood sipua.TestFloodOfCancelledCalls transport.TestSlowlorisIsCutOff transport.TestFirstMessageDeadline transport.TestConnectionLimits transport.TestAdmissionOfForgedSources transaction.TestServerTableIsBounded"},
	{"who may open the door by digits", "6086 2", "firmware.TestForgedCallerMayNotOpen firmware.TestCallerWithoutAnyCode firmware.TestLockoutDoublesAndSurvivesCalls sipua.TestFieldBug19UnsolicitedRequests"},
	{"From is never believed, P-Asserted-Identity only from the own server", "3325", "sipua.TestAutoAnswerAndIdentity sipua.TestStrangersWordIsNotBelieved"},
	{"no fingerprint by default", "20.35", "sipua.TestNoFingerprintByDefault"},
	{"Content-Length: negative, huge, twice", "20.14", "sip.TestTorture/length-huge sip.TestTorture/length-twice-same sip.TestTorture/length-list sip.TestContentLength"},
	{"transaction key without branch, long method", "17.2.3", "transaction.TestLongMethodWithoutBranch sip.TestTorture/long-cseq-method"},
	{"multipart of any kind", "8.2.3", "sipua.TestMultipartIsRefused"},
	{"DNS answers that lie", "1035 4.1.4", "locate.TestMalformedAnswers locate.TestEveryTruncation"},
	{"long realms and nonces", "22", "digest.TestLongValues"},
	{"SDP that is broken or refused", "8866", "sdp.TestParseErrors sdp.TestTruncations sdp.TestUnusable"},
	{"URIs that end in a percent sign, without host", "19.1.1", "sip.TestTorture/contact-percent sip.TestTorture/uri-percent sip.TestTorture/uri-no-host"},
	{"STUN and RTP lengths", "8489, 3550", "transport.TestBindingErrors stream.TestMalformedDatagrams"},
	{"dialogs in odd states: BYE early, CANCEL late, NOTIFY at the end", "12", "sipua.TestCommandsOutOfPlace sipua.TestCrossingByes sipua.TestByeDuringOffer sipua.TestReferFails"},
	{"fields that are missing", "8.1.1", "sip.TestTorture/no-via sip.TestTorture/response-no-via sip.TestTorture/response-no-cseq sip.TestTorture/bare-ack"},
	{"lines without colon, value, end; too many; too long", "7.3.1", "sip.TestTorture/no-colon sip.TestTorture/no-value sip.TestTorture/many-fields sip.TestTorture/many-vias sip.TestTorture/long-field sip.TestTorture/long-message sip.TestTorture/format-strings"},
	{"time per byte is bounded, printing is stable", "7", "sip.TestNasty sip.TestLimitsAreReached sip.FuzzMessage sip.FuzzURI sip.FuzzVia sip.FuzzAddress digest.FuzzHeader sdp.FuzzParse transport.FuzzFramer"},
}

var fieldRows = []requirement{
	{"1 call drops after half a minute", "13.2.2.4", "sipua.TestFieldBug01CallDropsAfter32Seconds sipua.TestRouteSetOfCaller sipua.TestStrictRouter sipua.TestAckIsRepeated sipua.Test2xxIsRepeatedUntilAck"},
	{"2 one-way sound", "3264 8.4", "sdp.TestFieldBug02OneWayAudio stream.TestPeerBehindNAT stream.TestHold sdp.TestHoldAndResume"},
	{"3 registration dies", "10.2", "sipua.TestFieldBug03RegistrationDies"},
	{"4 never rings behind NAT", "5626", "sipua.TestFieldBug04NeverRingsBehindNAT sipua.TestContactIsRewrittenBehindNAT"},
	{"5 challenged INVITE", "22.2", "sipua.TestFieldBug05ChallengedInviteRingsTwice"},
	{"6 re-INVITE from the cache", "14.2", "sipua.TestFieldBug06ReinviteAnsweredFromCache sipua.TestReinviteIsAnsweredByItsOwnCSeq sdp.TestVersion"},
	{"7 late offer", "13.2.1", "sipua.TestFieldBug07LateOfferRefused sipua.TestLateOfferIn sipua.TestLateOfferOut sdp.TestLateOffer"},
	{"8 session timer", "4028", "sipua.TestFieldBug08CallDropsAtHalfAnHour sipua.TestSessionExpires sipua.TestSessionField"},
	{"9 payload numbers", "3264 5.1", "sdp.TestFieldBug09PayloadNumberChanged sdp.TestNumbersKeepTheirMeaning"},
	{"10 larger than the MTU", "18.1.1", "sipua.TestFieldBug10GrownBeyondTheMTU"},
	{"11 CANCEL races", "9, 5407", "sipua.TestFieldBug11CancelRaces sipua.Test200CrossesCancel sipua.TestHangupBeforeAnyResponse sipua.TestCancelWithout487"},
	{"12 forking", "13.2.2.4", "sipua.TestFieldBug12SecondAnswerOfAFork sipua.TestForkedCall sipua.TestManyBranches"},
	{"13 PRACK required", "3262", "sipua.TestFieldBug13RequiredExtensions sipua.TestReliableRinging sipua.TestPrackAsCaller"},
	{"14 compact names and folding", "7.3", "sipua.TestFieldBug14CompactAnswers sipua.TestCompactForms sip.TestCompactFormsParse"},
	{"15 FRITZ!Box", "5118 4.5", "sipua.TestFieldBug15FritzBox sipua.TestSessionRefreshFallsBackToReinvite sip.TestPeers"},
	{"16 slots leak", "13", "sipua.TestFieldBug16CallSlotsLeak sipua.TestShortCallsInARow sipua.TestRingLimit"},
	{"17 Teams and 3CX", "22.4", "sipua.TestFieldBug17AuthenticationNameAndPings"},
	{"18 early media and ringback", "3960", "sipua.TestFieldBug18RingbackAndEarlyMedia"},
	{"19 unsolicited requests", "8.2.1", "sipua.TestFieldBug19UnsolicitedRequests sipua.TestRequestsAreRefusedProperly sipua.TestInfoBodies"},
	{"20 DTMF counted more than once", "4733 2.5", "dtmf.TestFieldBug20DigitCountsThreeTimes firmware.TestDigitsByTwoMethodsCountOnce dtmf.TestEveryDigitOnceOverBadNetworks"},
}

var mustRows = []requirement{
	{"branch, sent-by, rport", "8.1.1.7, 3581 3", "sipua.TestIdentifiersAreNeverUsedTwice sipua.TestContactIsRewrittenBehindNAT"},
	{"matching of transactions", "17.1.3, 17.2.3", "transaction.TestServerMatching transaction.TestServerMatching2543 transaction.TestForeignResponsesAreDropped"},
	{"where responses go", "18.2.2, 3581 4", "sipua.TestWhereResponsesGo locate.TestLocateResponse transaction.TestStampAndReply transaction.TestResponseAfterConnectionClosed"},
	{"timers: 7 INVITEs and 11 others in 32 s", "17, table 4", "transaction.TestInviteRetransmissionSevenSendsIn32s transaction.TestOtherRetransmissionElevenSendsIn32s sipua.TestNumberOfRepetitions"},
	{"2xx to INVITE: Accepted state", "6026 7.1", "transaction.TestServerInviteAccepted transaction.TestAcceptedPassesEach2xx transaction.TestStrayAckGoesUp"},
	{"non-INVITE", "4320", "transaction.TestServerOtherFollowsRFC4320 sipua.TestOthersAreAnsweredAtOnce"},
	{"merged request", "8.2.2.2", "sipua.TestMergedRequestIs482 transaction.TestMergedRequest"},
	{"dialog: route set, target, CSeq, unknown", "12", "sipua.TestDialogIsMade sipua.TestRouteSetOfCallee sipua.TestRequestInDialog sipua.TestCSeqOrder sipua.TestSetTarget sipua.TestInDialogRequestsAreMatchedFully"},
	{"481 and 408 in a dialog", "12.2.1.2, 5057", "sipua.Test408InDialogEndsTheCall sipua.TestOfferMeets481"},
	{"each 2xx is acknowledged", "13.2.2.4", "sipua.TestAckIsRepeated sipua.TestForkedCall"},
	{"the callee repeats its 2xx", "13.3.1.4", "sipua.Test2xxIsRepeatedUntilAck sipua.TestFieldBug01CallDropsAfter32Seconds"},
	{"re-INVITE: 500, 491, its timers, failure keeps the session", "14", "sipua.TestPeersReinvite sipua.TestGlare sipua.TestGlareOfTheOther sipua.TestOfferRefusedKeepsTheCall"},
	{"CANCEL", "9", "sipua.TestCancelOut sipua.TestCancelIn sipua.TestCancelAndAckGoWhereTheInviteWent transaction.TestCancelIsHeldUntilProvisional transaction.TestServerMatchesCancel"},
	{"Require", "8.2.2.3", "sipua.TestFieldBug13RequiredExtensions sipua.TestRequestsAreRefusedProperly"},
	{"methods; OPTIONS as an INVITE would be", "8.2.1, 11.2", "sipua.TestRequestsAreRefusedProperly sipua.TestBusyAtMaxCalls"},
	{"scheme, body type, encoding, 488 with Warning", "8.2.2.1, 8.2.3, 13.3.1", "sipua.TestRequestsAreRefusedProperly sipua.TestRejectTellsWhy sdp.TestWarningIsClean"},
	{"framing", "18.3, 7.5", "sip.TestTorture/keep-alive-before transport.TestFramer transport.TestLostFramingIsAnsweredAndClosed"},
	{"65,535 octets", "18.1.1", "sipua.TestLargestMessage transport.TestLargestMessages"},
	{"SDP: m-lines, numbers, directions, version, connection", "3264 5 to 8", "sdp.TestOrder sdp.TestNumbersKeepTheirMeaning sdp.TestDirectionTable sdp.TestVersion sdp.TestConnectionAddr sdp.TestStreamDropped"},
	{"sips in Contact", "8.1.1.8, 5630", "sipua.TestIsSecure sipua.TestCallOverTLS"},
	{"session timers", "4028", "sipua.TestSessionTimes sipua.TestSessionTermsAsCallee sipua.TestSessionIntervalTooSmall"},
	{"Reason", "3326", "sipua.TestReasonForThePhonesThatLost"},
	{"transfer", "3515, 3891", "sipua.TestReferIsCarriedOut sipua.TestReplaces"},
}

var toolRows = []requirement{
	{"no secret in a trace", "26", "trace.TestNoSecretGetsIntoARecord trace.TestRedactedTwice sip.TestRedacted sip.TestRedactedBodies sipua.TestTraceIsRedacted intercom.TestRunWithTrace"},
	{"a ladder and a capture others can read", "", "trace.TestLadderOfACall trace.TestCaptureOfACall trace.TestCaptureReadsBack"},
	{"a trace ends before the disk does", "", "trace.TestLimit trace.TestRecorderIsBounded intercom.TestTracerNeverBlocks"},
	{"the reasoning is printable, each server can be asked", "3263", "locate.TestWriteText locate.TestJSON sipua.TestProbeAsksAllAtOnce intercom.TestDNSProbes intercom.TestDNSProbesAsJSON"},
}

// TestEveryRequirementHasATest holds that the tests of the index exist. That they fail without their code is for those
// who write them.
func TestEveryRequirementHasATest(t *testing.T) {
	known := testsOfTheHouse(t)
	for chapter, rows := range everyRequirement {
		for _, row := range rows {
			if strings.TrimSpace(row.tests) == "" {
				t.Errorf("%s: %s has no test", chapter, row.what)
			}
			for name := range strings.FieldsSeq(row.tests) {
				test, part, isRow := strings.Cut(name, "/")
				pkg, _, _ := strings.Cut(test, ".")
				switch {
				case !known[test]:
					t.Errorf("%s: %s: there is no %s", chapter, row.what, test)
				case isRow && !known[pkg+" "+part]:
					t.Errorf("%s: %s: the tests of %s name no %q", chapter, row.what, pkg, part)
				}
			}
		}
	}
	for n := 1; n <= 20; n++ {
		if prefix := fmt.Sprintf("FieldBug%02d", n); !hasPart(known, prefix) {
			t.Errorf("no test is named after fault %d: want one with %s in its name", n, prefix)
		}
	}
}

func hasPart(known map[string]bool, part string) bool {
	for name := range known {
		if strings.Contains(name, ".Test"+part) {
			return true
		}
	}
	return false
}

// testsOfTheHouse lists "package.Test" for each test and fuzz target of the module, and "package text" for each string
// in its tests, which is where the rows of tables have their names.
func testsOfTheHouse(t *testing.T) map[string]bool {
	t.Helper()
	known := map[string]bool{}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		dir, err := filepath.Abs(filepath.Dir(path))
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		note(known, filepath.Base(dir), file)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return known
}

// note enters what a file holds.
func note(known map[string]bool, pkg string, file *ast.File) {
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if name := n.Name.Name; strings.HasPrefix(name, "Test") || strings.HasPrefix(name, "Fuzz") {
				known[pkg+"."+name] = true
			}
		case *ast.BasicLit:
			if n.Kind == token.STRING {
				known[pkg+" "+strings.Trim(n.Value, "`\"")] = true
			}
		}
		return true
	})
}
