namespace FleetChat.Core.Webhooks;

public static class WebhookErrors
{
    public static readonly Error EndpointNotFound = Error.NotFound(
        "webhooks.endpoint_not_found", "There is no such webhook endpoint. GET /api/webhook-endpoints lists those there are.");

    public static readonly Error DeliveryNotFound = Error.Invalid(
        "webhooks.delivery_not_found", "Give the id of a finished delivery of this endpoint: GET /api/webhook-endpoints/{id}/deliveries lists them.", "$.delivery_id");

    public static readonly Error UrlInvalid = Error.Invalid(
        "webhooks.url_invalid", "Give an https address that the internet reaches, on port 443 or above 1023, without user, password and #fragment, at most 2048 characters.", "$.url");

    public static readonly Error TypesInvalid = Error.Invalid(
        "webhooks.types_invalid", $"Give one or more of: {string.Join(", ", WebhookEventTypes.Names)}.", "$.types");

    public static readonly Error TooMany = Error.Conflict(
        "webhooks.too_many_endpoints", $"A company has at most {CreateWebhookEndpoint.MostEndpoints} webhook endpoints. Delete one that is no longer needed.");

    public static readonly Error TooManySecrets = Error.Conflict(
        "webhooks.too_many_secrets", "This endpoint has as many secrets in their overlap as it can. Wait until one has ended, or give overlap_hours 0 to end them all now.");

    public static readonly Error OverlapInvalid = Error.Invalid(
        "webhooks.overlap_invalid", "Give overlap_hours from 0 to 24: so long the present secret signs beside the new one.", "$.overlap_hours");

    public static readonly Error Disabled = Error.Conflict(
        "webhooks.endpoint_disabled", "This endpoint is switched off. Switch it on first: PATCH it with enabled true.");

    public static readonly Error RedeliverWhat = Error.Invalid(
        "webhooks.redeliver_what", "Give either delivery_id or since.", "$");
}
