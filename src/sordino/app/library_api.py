"""The addresses of the library under /api: models and evidence as JSON."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter

from sordino.app import catalogue
from sordino.app.api import PROBLEM, REFUSED, Name
from sordino.app.catalogue import ModelListed, ModelShown, TopicListed, TopicShown

router = APIRouter(prefix="/api", responses={**REFUSED, 404: PROBLEM})


@router.get("/models")
async def models() -> tuple[ModelListed, ...]:
    """Every model of the library."""
    return await asyncio.to_thread(catalogue.models)


@router.get("/models/{name}")
async def model(name: Name) -> ModelShown:
    """One model, number by number."""
    return await asyncio.to_thread(catalogue.model, name)


@router.get("/evidence")
async def topics() -> tuple[TopicListed, ...]:
    """What there is evidence about."""
    return await asyncio.to_thread(catalogue.topics)


@router.get("/evidence/{topic}")
async def topic(topic: Name) -> TopicShown:
    """All rows of a topic."""
    return await asyncio.to_thread(catalogue.topic, topic)


@router.get("/evidence/{topic}/{name}")
async def entry(topic: Name, name: str) -> dict[str, Any]:
    """One row with everything that is known of it."""
    return await asyncio.to_thread(catalogue.plain_entry, topic, name)
