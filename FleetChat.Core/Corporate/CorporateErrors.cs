namespace FleetChat.Core.Corporate;

public static class CorporateErrors
{
    public static readonly Error ParentNotFound = Error.Invalid("corporate.parent_not_found", "Give the id of a company that exists and is in service.", "$.parent_tenant_id");

    public static readonly Error OneLevel = Error.Conflict(
        "corporate.one_level", "A corporate account has one level: give a parent that has none itself to a company that is no parent.");

    public static readonly Error HasChildren = Error.Conflict(
        "corporate.has_children", "The company pays for others. Give each of its children another parent, or none, before it is closed.");

    public static readonly Error CurrencyDiffers = Error.Conflict(
        "corporate.currency_differs", "A corporate account has one bill, in one currency: parent and children need the same. Change it while the company is alone.");
}
