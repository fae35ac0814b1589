using FleetChat.Simulators.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace FleetChat.Simulators.Samsara;

internal static class DriversApi
{
    public static void Map(IEndpointRouteBuilder app, SamsaraRest rest, SamsaraWorld world)
    {
        app.MapGet("/fleet/drivers", rest.Handle(List));
        app.MapGet("/fleet/drivers/{id}", rest.Handle(call => SamsaraRest.Data(RouteJson.Driver(Find(call, call.Route("id"))))));
        app.MapPatch("/fleet/drivers/{id}", rest.Handle(call => Change(call, world)));
    }

    /// <summary>By Samsara's id or by an external one, <c>key:value</c>.</summary>
    public static Driver Find(SamsaraCall call, string id)
        => call.Org.Drivers.Find(driver => (driver.Id == id || driver.ExternalIds.Any(pair => $"{pair.Key}:{pair.Value}" == id)) && call.Sees(driver))
            ?? throw SamsaraErrorException.NotFound("Driver");

    private static IResult List(SamsaraCall call)
    {
        var status = call.Query("driverActivationStatus") ?? "active";
        if (status is not ("active" or "deactivated"))
            throw SamsaraErrorException.Invalid("driverActivationStatus must be active or deactivated.");
        var (tags, updatedAfter, createdAfter) = (call.TagFilter(), call.QueryTime("updatedAfterTime"), call.QueryTime("createdAfterTime"));
        var drivers = call.Org.Drivers.Where(driver =>
            (driver.DeactivatedAt is null) == (status == "active")
            && call.Sees(driver)
            && tags(driver.Tags.Select(tag => tag.Id))
            && (updatedAfter is null || driver.UpdatedAt > updatedAfter)
            && (createdAfter is null || driver.CreatedAt > createdAfter));
        return SamsaraRest.Page(call, drivers, driver => driver.Id, RouteJson.Driver);
    }

    private static IResult Change(SamsaraCall call, SamsaraWorld world)
    {
        var driver = Find(call, call.Route("id"));
        var body = call.Body;
        body.RefuseOthers("name", "phone", "notes", "externalIds", "tagIds", "locale", "timezone", "driverActivationStatus");
        call.RequireTags(body);
        var tagIds = body.OptionalTexts("tagIds", 50);

        var (name, phone, notes) = (body.OptionalText("name", 255), body.OptionalText("phone", 255, allowEmpty: true), body.OptionalText("notes", 4096, allowEmpty: true));
        var (locale, timeZone) = (body.OptionalText("locale", 10), body.OptionalText("timezone", 100));
        var active = body.OptionalOneOf("driverActivationStatus", "active", "deactivated");
        var externalIds = body.OptionalMap("externalIds");

        driver.Name = name ?? driver.Name;
        driver.Phone = phone ?? driver.Phone;
        driver.Notes = notes ?? driver.Notes;
        driver.Locale = locale ?? driver.Locale;
        driver.TimeZone = timeZone ?? driver.TimeZone;
        if (active is not null)
            driver.DeactivatedAt = active == "active" ? null : driver.DeactivatedAt ?? call.Now;
        if (tagIds is not null)
            driver.Tags = [.. tagIds.Select(id => call.Org.Tags.GetValueOrDefault(id) ?? new Tag(id, id))];
        foreach (var (key, value) in externalIds ?? [])
            driver.ExternalIds[key] = value;
        world.Updated(call.Org, driver);
        return SamsaraRest.Data(RouteJson.Driver(driver));
    }
}
