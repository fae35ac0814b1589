namespace FleetChat.Core.Messaging;

public static class MessagingErrors
{
    public static readonly Error NoPhone = Error.Conflict(
        "messaging.driver_has_no_phone", "This driver has no WhatsApp number. Add one in Samsara, then try again.");

    public static readonly Error NoConsent = Error.Conflict(
        "messaging.driver_has_not_consented", "This driver has not agreed to be written to, or has asked to stop. Reach the driver another way.");

    public static Error TextLengthOutsideWindow(int longest) => Error.Invalid(
        "messaging.text_length_outside_window",
        $"The driver has not written for 24 hours, so WhatsApp takes a template only: give a text of 1 to {longest} characters.", "$.text");

    public static Error TextLength(int longest) => Error.Invalid(
        "messaging.text_length", $"Give a text of 1 to {longest} characters.", "$.text");
}
