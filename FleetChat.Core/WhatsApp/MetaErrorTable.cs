using static FleetChat.Core.WhatsApp.MetaErrorClass;

namespace FleetChat.Core.WhatsApp;

/// <summary>An error code of Meta's.</summary>
/// <param name="Text">For people: what is wrong, and what they can do about it.</param>
public sealed record MetaError(int Code, MetaErrorClass Class, string Text)
{
    /// <summary>Of a range of codes that mean the same, the last one.</summary>
    public int Last { get; init; } = Code;
}

/// <summary>Every error code of Meta's that we know of. docs/whatsapp-errors.md is made from it.</summary>
/// <remarks>The HTTP status is no guide: the same code comes with different ones.</remarks>
internal static class MetaErrorTable
{
    public static readonly IReadOnlyList<MetaError> All =
    [
        new(0, StopTenant, "WhatsApp does not accept the company's access token any more. Enter a new one."),
        new(1, Retry, "WhatsApp could not say what went wrong on its side."),
        new(2, Retry, "WhatsApp is down for a moment."),
        new(3, StopTenant, "The app is not allowed to send messages. Check its permissions with Meta."),
        new(4, BackOffAccount, "The app made more calls than WhatsApp allows for now."),
        new(10, StopTenant, "The access token has no permission to send for this number. Grant whatsapp_business_messaging, or enter another token."),
        new(17, BackOffAccount, "The account made more calls than WhatsApp allows for now."),
        new(33, Fix, "The number's id is unknown to WhatsApp, or was deleted. Check the number that the company sends from."),
        new(100, Fix, "WhatsApp found something in the message that it does not take. Ask FleetChat's support."),
        new(104, StopTenant, "WhatsApp saw no access token. Enter the company's token again."),
        new(190, StopTenant, "The company's access token has expired or was revoked. Enter a new one."),
        new(200, StopTenant, "The access token lacks a permission. Grant it with Meta, or enter another token.") { Last = 299 },
        new(368, StopTenant, "Meta has blocked the account for a while, for a breach of its policies. Look at the account's quality in WhatsApp Manager."),
        new(613, RetryInMinutes, "WhatsApp was asked too often for the same thing."),
        new(803, Fix, "WhatsApp does not know what the call was about. Check the number that the company sends from."),
        new(80007, BackOffAccount, "The WhatsApp account made more calls than it may for now."),
        new(130429, BackOffNumber, "More messages were sent from this number at once than WhatsApp takes."),
        new(130472, GiveUp, "WhatsApp withholds this message as part of an experiment of Meta's. Reach the driver another way."),
        new(130497, GiveUp, "WhatsApp does not let this business write to people in that country. Reach the driver another way."),
        new(131000, Retry, "Something went wrong at WhatsApp."),
        new(131005, StopTenant, "WhatsApp denies access: a permission was taken away. Check the access token's permissions."),
        new(131008, Fix, "The message lacks something that WhatsApp needs. Ask FleetChat's support."),
        new(131009, Fix, "Something in the message is not of the form that WhatsApp wants. Ask FleetChat's support."),
        new(131016, Retry, "WhatsApp's service is overloaded for a moment."),
        new(131021, Fix, "The message would go to the very number that sends it. Correct the driver's phone number."),
        new(131026, GiveUp, "The message can't be delivered: the phone is not on WhatsApp, its app is too old, or the driver has not accepted WhatsApp's terms. Check the number, and reach the driver another way."),
        new(131030, Fix, "The number that sends is a test number, and the driver's is not on its list. Add it with Meta, or send from a real number."),
        new(131031, StopTenant, "Meta has locked the WhatsApp account. Open WhatsApp Manager and see why."),
        new(131037, StopTenant, "The number's display name is not approved yet. See its state in WhatsApp Manager."),
        new(131042, StopTenant, "There is a problem with payment. Check the account's payment method in WhatsApp Manager."),
        new(131044, StopTenant, "There is no valid payment for the account. Check its payment method in WhatsApp Manager."),
        new(131045, StopTenant, "The number's registration is not valid. Register the number again."),
        new(131047, UseTemplate, "The driver has not written for more than 24 hours: only a template may be sent."),
        new(131048, StopNumber, "Too many people blocked this number or called its messages spam, so WhatsApp limits it. Send less that nobody asked for."),
        new(131049, GiveUp, "WhatsApp withheld the message, to protect the driver from too many of its kind. It must not be sent again within 24 hours; check that the template counts as utility, not marketing."),
        new(131050, Suppress, "The driver has stopped marketing messages from this business in WhatsApp. Check that the template counts as utility, not marketing."),
        new(131051, Fix, "WhatsApp does not know this type of message. Ask FleetChat's support."),
        new(131052, Fix, "What came with a message could not be downloaded; it may be larger than 100 MB. Ask the driver to send it smaller."),
        new(131053, Fix, "What was to be sent with a message could not be uploaded. Check its type and size."),
        new(131056, BackOffDriver, "Too many messages went to this driver in a short time."),
        new(131057, RetryInMinutes, "The WhatsApp account is being maintained, for some minutes."),
        new(131062, Fix, "This kind of message can't be sent to somebody who hides his phone number. Ask the driver to show it."),
        new(131063, Fix, "Marketing templates can't be sent this way. Have the template counted as utility."),
        new(131064, RetryInAnHour, "The business has written first to as many people as it may in 24 hours. See its messaging limit in WhatsApp Manager."),
        new(132000, Fix, "The template has another number of variables than was filled in. Compare the template with the one that FleetChat submitted."),
        new(132001, StopTemplate, "The template does not exist in this language, or is not approved. See its state in WhatsApp Manager."),
        new(132005, Fix, "The template's text is too long with what was filled in. Shorten it."),
        new(132007, Fix, "What was filled into the template breaks WhatsApp's policy. Put it in other words."),
        new(132008, Fix, "What was filled into the template is not of the right form. Ask FleetChat's support."),
        new(132012, Fix, "What was filled into the template does not fit its format. Compare the template with the one that FleetChat submitted."),
        new(132015, StopTemplate, "WhatsApp has paused the template, because people did not want its messages. See its quality in WhatsApp Manager; it comes back by itself, or has to be changed."),
        new(132016, StopTemplate, "WhatsApp has disabled the template for good, because people did not want its messages. Submit another one."),
        new(132018, Fix, "What was filled into the template is not allowed there, such as a line break. Ask FleetChat's support."),
        new(132068, Fix, "The form in the message is blocked. Look at it in WhatsApp Manager."),
        new(132069, RetryInMinutes, "The form in the message is throttled for a while."),
        new(133000, SetUp, "The number's deregistration failed. Do it again."),
        new(133004, Retry, "WhatsApp's server is down for a moment."),
        new(133005, SetUp, "The number's PIN is wrong. Reset two-step verification in WhatsApp Manager."),
        new(133006, SetUp, "The number has to be verified before it can be registered."),
        new(133008, SetUp, "The PIN was entered wrongly too often. Wait as long as WhatsApp says."),
        new(133009, SetUp, "The PIN was entered too fast. Wait a moment and enter it again."),
        new(133010, StopTenant, "The number is not registered with WhatsApp. Register it."),
        new(133015, SetUp, "The number was deleted a moment ago. Wait five minutes and register it again."),
        new(133016, SetUp, "The number was registered too often: ten times in 72 hours. Wait until they have passed."),
        new(134011, Fix, "The terms for payments are not accepted. Accept them in WhatsApp Manager."),
        new(135000, Fix, "WhatsApp found something in the message that it does not take, and does not say what. Ask FleetChat's support."),
        new(137000, Fix, "The driver's WhatsApp was installed anew, and its key does not fit. Ask the driver to write first."),
    ];
}
