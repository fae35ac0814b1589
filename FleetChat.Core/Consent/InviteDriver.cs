using FleetChat.Core.Data;
using FleetChat.Core.Drivers;
using FleetChat.Core.Inbox;
using FleetChat.Core.Security;
using FleetChat.Core.Tenants;
using QRCoder;

namespace FleetChat.Core.Consent;

/// <param name="Actor">Who invites him: a key's id.</param>
public sealed record InviteDriverInput(TenantId Tenant, Guid DriverId, string Actor);

/// <param name="Code">Good once, for one chat.</param>
/// <param name="Link">Opens the chat with START and the code ready to be sent.</param>
/// <param name="Text">What to show the driver beside it, by language.</param>
/// <param name="QrPng">The link as a picture, Base64.</param>
public sealed record ConsentInvitation(Guid Id, string Code, Uri Link, IReadOnlyDictionary<string, string> Text, DateTimeOffset ExpiresAt, string QrPng);

/// <param name="Work">Lanes that got work.</param>
public sealed record DriverInvited(ConsentInvitation Invitation, LaneWork Work);

/// <summary>Makes a link with which a driver begins himself; an earlier one is good no more. It is for him alone: hand it to him.</summary>
public sealed class InviteDriver(TenantDbs dbs, DataKeys keys, TenantSettingsCache settings, TimeProvider time)
{
    private const int PixelsPerModule = 8;
    private const int MostTries = 20;

    public async Task<Result<DriverInvited>> HandleAsync(InviteDriverInput input, CancellationToken ct)
    {
        if (await settings.FindAsync(input.Tenant, ct) is not { } tenant) return GetTenant.NotFound;
        var key = await keys.GetAsync(input.Tenant, ct);
        await using var db = await dbs.BeginAsync(input.Tenant, ct);
        if (await DriverSql.LockAsync(db, key, input.DriverId, ct) is not { } driver) return GetDriver.NotFound;
        if (driver.Status != "active") return ConsentErrors.NotActive;
        if (driver.ConsentStatus == ConsentState.Granted) return ConsentErrors.GrantedAlready;
        if (await FindNumberAsync(db, ct) is not { } number) return ConsentErrors.NoNumber;

        var processing = new Processing(db, key, tenant, time);
        var (request, code) = await OpenAsync(processing, driver, input.Actor, ct);
        // Who has withdrawn stays silent until he writes himself, invited or not.
        var wording = ConsentTexts.Get(ConsentTexts.Invitation, ConsentQuestion.LanguagesOf(tenant, driver), tenant.CompanyName);
        var proof = new ConsentProof(ConsentMethods.Invitation, time.GetUtcNow(), input.Actor) { Wording = wording, Request = request.Id };
        await DriverConsent.TryChangeAsync(db, key, time, driver.Id, driver.Conversation, driver.ConsentStatus, ConsentState.Invited, proof, ct);
        db.Audit(time, input.Actor, "consent.invited", driver.Id.ToString());
        var work = await processing.CommitAsync(ct);

        var link = LinkOf(number, code);
        var texts = Languages.All.ToDictionary(language => language, language => ConsentTexts.Get(ConsentTexts.Invitation, language, tenant.CompanyName).Text);
        return new DriverInvited(new(request.Id, code, link, texts, request.ExpiresAt, Convert.ToBase64String(PictureOf(link))), work);
    }

    /// <summary>The picture of the invitation that is open.</summary>
    public async Task<Result<byte[]>> ShowAsync(TenantId tenant, Guid driver, CancellationToken ct)
    {
        var (db, key) = (dbs.For(tenant), await keys.GetAsync(tenant, ct));
        if (await DriverSql.FindAsync(db, key, driver, ct) is null) return GetDriver.NotFound;
        if (await ConsentRequests.FindOpenCodeAsync(db, key, driver, time.GetUtcNow(), ct) is not { } code || await FindNumberAsync(db, ct) is not { } number) return ConsentErrors.NotInvited;
        return PictureOf(LinkOf(number, code));
    }

    private static async Task<(ConsentRequest Request, string Code)> OpenAsync(Processing processing, DriverRow driver, string actor, CancellationToken ct)
    {
        for (var tries = 0; tries < MostTries; tries++)
        {
            var code = ConsentCodes.Make();
            if (await ConsentRequests.TryOpenAsync(processing, driver.Id, driver.Conversation, code, actor, ct) is { } request) return (request, code);
        }
        throw new InvalidOperationException($"no code is free after {MostTries} tries");
    }

    private const string FindNumber = """
        select whatsapp_phone_number
        from fleet.tenant_configurations
        where tenant_id = $1
        """;

    /// <returns>E.164.</returns>
    private static Task<string?> FindNumberAsync(TenantDb db, CancellationToken ct) => db.FindAsync(FindNumber, row => row.TextOrNull(0), ct);

    private static Uri LinkOf(string number, string code) => new($"https://wa.me/{number.TrimStart('+')}?text=START%20{code}");

    private static byte[] PictureOf(Uri link)
    {
        using var data = QRCodeGenerator.GenerateQrCode(link.AbsoluteUri, QRCodeGenerator.ECCLevel.M);
        using var picture = new PngByteQRCode(data);
        return picture.GetGraphic(PixelsPerModule);
    }
}
