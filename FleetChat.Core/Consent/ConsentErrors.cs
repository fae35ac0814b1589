namespace FleetChat.Core.Consent;

public static class ConsentErrors
{
    public static readonly Error NoEvidence = Error.Conflict(
        "consent.no_evidence", "Nothing shows that this driver agreed to be written to on WhatsApp. Enter an opt_in with PATCH /api/drivers/{id}, or invite him: POST /api/drivers/{id}/consent/invitation.");

    public static readonly Error AskedAlready = Error.Conflict(
        "consent.asked_already", "This driver is being asked. GET /api/drivers/{id}/consent shows until when; he is reminded by himself.");

    public static readonly Error GrantedAlready = Error.Conflict("consent.granted_already", "This driver has agreed already. GET /api/drivers/{id}/consent shows the proof.");

    public static readonly Error Declined = Error.Conflict(
        "consent.declined", "This driver said no, and is not asked again. He may begin himself: POST /api/drivers/{id}/consent/invitation.");

    public static readonly Error NoPhone = Error.Conflict(
        "consent.no_phone", "This driver has no phone that WhatsApp can use. Enter one with PATCH /api/drivers/{id}, or invite him: POST /api/drivers/{id}/consent/invitation.");

    public static readonly Error NotActive = Error.Conflict("consent.driver_not_active", "This driver has left in Samsara. Activate him there first.");

    public static readonly Error NoNumber = Error.Conflict("consent.no_number", "The company has no WhatsApp number yet. An invitation leads to that number.");

    public static readonly Error NotInvited = Error.NotFound("consent.not_invited", "This driver has no invitation that is open. POST /api/drivers/{id}/consent/invitation makes one.");
}
